"""The budget of memory: who gets some, who waits, and that nobody can have all of it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from logstream.memory import LEAST, Memory, NoRoom, Share, available, default_memory_max, peer_of
from tests.live.client import until

GB = 1_000_000_000


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def test_a_loan_is_taken_once_grows_shrinks_and_ends() -> None:
    share = Share("x", 900)
    loan = share.loan("peer")
    assert loan.take(100)
    assert loan.take(50)
    assert share.used == loan.size == 100
    assert loan.take(300)
    loan.shrink(200)
    assert share.used == loan.size == 200
    loan.end()
    loan.end()
    assert share.used == loan.size == 0


def test_one_peer_has_two_thirds_at_most_and_a_client_one() -> None:
    share = Share("x", 900)
    assert all(share.loan("greedy").take(100) for _ in range(6))
    assert not share.loan("greedy").take(1)
    assert all(share.loan("other", "client").take(100) for _ in range(3))
    share = Share("x", 900)
    assert all(share.loan("proxy", "greedy").take(100) for _ in range(3))
    assert not share.loan("proxy", "greedy").take(1)
    assert share.loan("proxy", "other").take(300)


def test_who_needs_more_than_there_is_for_him_gets_that_and_is_alone() -> None:
    share = Share("x", 900)
    large, small = share.loan("peer"), share.loan("peer")
    assert large.take(5000)
    assert large.size == 600
    assert not small.take(1)
    large.end()
    assert small.take(1)
    assert not large.take(5000)


def test_loans_have_their_turn_in_the_order_they_came() -> None:
    async def test() -> None:
        share = Share("x", 900)
        first = share.loan("a")
        assert first.take(600)
        large, small = share.loan("b"), share.loan("c")
        waiting = asyncio.ensure_future(large.wait(600))
        await until(lambda: share._waiting)
        assert not small.take(100)  # there is room, but somebody came before
        behind = asyncio.ensure_future(small.wait(100))
        first.end()
        await asyncio.gather(waiting, behind)
        assert (large.size, small.size) == (600, 100)

    run(test)


def test_who_waits_for_its_own_holds_up_nobody() -> None:
    async def test() -> None:
        share = Share("x", 900)
        first = share.loan("a")
        assert first.take(600)
        waiting = asyncio.ensure_future(share.loan("a").wait(100))
        await until(lambda: share._waiting)
        assert share.loan("b").take(300)
        first.shrink(0)
        await waiting

    run(test)


def test_who_waits_too_long_is_refused_with_the_reason_and_leaves_nothing_behind() -> None:
    async def test() -> None:
        share = Share("x", 900, "viewers")
        first, second, third = share.loan("a"), share.loan("b"), share.loan("c")
        assert first.take(600)
        with pytest.raises(NoRoom, match=r"the memory for viewers is in use \(MEMORY_MAX\)"):
            await second.wait(600, 0.01)
        assert third.take(300)
        with pytest.raises(NoRoom):
            second.must(600)
        gone = asyncio.ensure_future(second.wait(600))
        await until(lambda: share._waiting)
        gone.cancel()
        await asyncio.wait([gone])
        first.end()
        third.end()
        assert (share.used, second.size, share.refused) == (0, 0, 2)
        assert second.take(600)

    run(test)


@pytest.mark.parametrize("most", [LEAST, GB, 2 * GB, 64 * GB])
@pytest.mark.parametrize("index", [0, 256_000_000, GB, 30 * GB])
def test_the_shares_are_within_the_whole(most: int, index: int) -> None:
    memory = Memory(most, index)
    assert memory.index <= index
    assert memory.index + sum(share.limit for share in memory.shares) < most
    assert all(share.limit >= 10_000_000 for share in memory.shares)


def test_the_default_is_half_of_what_there_is_as_far_as_that_is_of_use() -> None:
    assert LEAST <= default_memory_max(GB) <= max(LEAST, min(available() // 2, 2 * GB))
    assert default_memory_max(0) <= GB


def files(root: Path, **contents: str) -> Path:
    for name, content in {"proc/meminfo": "MemTotal:       16000000 kB\nMemFree: 1 kB\n", **contents}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_a_control_group_limits_what_there_is(tmp_path: Path) -> None:
    assert available(tmp_path / "none") == 2 * LEAST
    assert available(files(tmp_path / "machine")) == 16_000_000 * 1024
    groups = {"proc/self/cgroup": "0::/system.slice/logstream.service\n", "sys/fs/cgroup/memory.max": "max\n"}
    above = {**groups, "sys/fs/cgroup/system.slice/memory.max": "3000000000\n"}
    assert available(files(tmp_path / "2", **above)) == 3 * GB
    own = {**above, "sys/fs/cgroup/system.slice/logstream.service/memory.max": "700000000\n"}
    assert available(files(tmp_path / "2 own", **own)) == 700_000_000
    container = {"proc/self/cgroup": "5:cpu:/\n4:memory:/docker/x\n"}
    container["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "2000000000\n"
    assert available(files(tmp_path / "1", **container)) == 2 * GB
    container["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    assert available(files(tmp_path / "1 none", **container)) == 16_000_000 * 1024


@pytest.mark.parametrize(
    ("address", "peer"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
     ("fe80::1%eth0", "fe80::/64"), ("not:one", "not:one")],
)  # fmt: skip
def test_an_address_stands_for_a_machine(address: str, peer: str) -> None:
    assert peer_of(address) == peer
