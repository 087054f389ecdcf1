"""One call to the system fails, whichever it is: nothing is lost, nothing is there twice, and all goes on by itself."""

import asyncio
import errno
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Equals, LogQuery
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.file.store import FileStore
from tests.stores.folder import NOW, batch, content, entry, export, opened, plain, unfinished

MOST = 12
"""Calls of each function that are tried, spread over all that there are."""


class Faults:
    """Fails call number `at` of a function of `os`, and counts all."""

    def __init__(self, name: str, number: int | None, at: int) -> None:
        self.name = name
        self.number = number
        self.at = at
        self.calls = 0

    @contextmanager
    def injected(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        real = getattr(os, self.name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls != self.at:
                return real(*arguments, **named)
            if self.number is None:
                return real(arguments[0], arguments[1][: max(1, len(arguments[1]) // 2)])  # a short write
            raise OSError(self.number, os.strerror(self.number))

        with patch.context() as context:
            context.setattr(os, self.name, call)
            yield


class Life:
    """What a store goes through, and what it acknowledged meanwhile."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.kept: set[str] = set()
        self.reasons: list[str] = []
        """Of all refusals."""

    async def append(self, *entries: LogEntry, claim: Claim | None = None) -> None:
        """Until it is taken: a refusal names the reason, and the next one is taken."""
        try:
            await self.store.append(batch(*entries), claim)
        except StoreUnavailable as error:
            self.reasons.append(str(error))
            await self.append(
                *(entry(one.message, one.timestamp[:10], level=one.level) for one in entries), claim=claim
            )
        else:
            self.kept |= {one.id for one in entries if one.level != "error"}

    async def live(self) -> None:
        days = ("2026-01-01", "2026-01-02", "2026-01-03")
        await self.append(*(entry(f"plain {n}") for n in range(20)))
        await self.append(*(entry(f"keyed {day}", day) for day in days), claim=Claim("client", "a", Receipt(201, b"a")))
        await self.append(*(entry(f"several {day}", day) for day in days))
        await self.append(*(entry(f"to be pruned {day}", day, level="error") for day in days))
        await self.store.search(LogQuery())
        for name in plain(self.store.root):
            os.utime(self.store.root / name, (0, 0))
        await self.store.maintenance.compress(NOW)
        await self.append(entry("late"), entry("late too", "2026-01-02"))
        await self.prune()
        await self.append(entry("at the end"), claim=Claim("client", "b", Receipt(201, b"b")))

    async def prune(self) -> None:
        for _ in range(2):
            if not (await self.store.prune([Equals("level", "error")], dry_run=False)).warnings:
                return
        raise AssertionError("what could not be pruned once can't be pruned again")

    async def check(self) -> None:
        assert all("the journal can't be written: " in reason for reason in self.reasons)
        lines = [json.loads(line) for line in content_of(self.store).splitlines()]
        in_files = Counter(line["id"] for line in lines)
        assert set(in_files) == self.kept, "what was acknowledged, and nothing else"
        assert set(in_files.values()) == {1}
        found = Counter(json.loads(line)["id"] for line in (await export(self.store)).splitlines())
        assert found == in_files
        for key in ("a", "b"):
            assert await self.store.receipt_for("client", key) == Receipt(201, key.encode())


def content_of(store: FileStore) -> bytes:
    return b"".join(block for day in store._journal.days() for block in day.blocks(0, day.size))


def live(root: Path, faults: Faults, patch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with opened(root, compress_after_days=0) as store:
            await store.maintenance.compress(NOW)
            life = Life(store)
            with faults.injected(patch):
                await life.live()
            await life.check()
            await store.maintenance.compress(NOW)
            await life.check()
        async with opened(root) as again:
            life.store = again
            await life.check()
            assert sorted(content(root).splitlines()) == sorted(content_of(again).splitlines())

    asyncio.run(main())
    assert unfinished(root) == []


FAULTS: dict[str, tuple[int | None, ...]] = {
    "write": (errno.EIO, errno.ENOSPC, None),
    "fsync": (errno.EIO,),
    "open": (errno.EMFILE, errno.EROFS),
    "replace": (errno.EIO,),
    "unlink": (errno.EROFS,),
    "mkdir": (errno.ENOSPC,),
    "ftruncate": (errno.EIO,),
}


@pytest.mark.parametrize("name", FAULTS)
def test_any_call_may_fail(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Faults(name, None, 0)
    live(tmp_path / "counted", counted, monkeypatch)
    calls = range(1, counted.calls + 1)
    chosen = calls if len(calls) <= MOST else [calls[len(calls) * n // MOST] for n in range(MOST)]
    for n, at in enumerate(chosen):
        number = FAULTS[name][n % len(FAULTS[name])]
        try:
            live(tmp_path / f"{name}-{at}", Faults(name, number, at), monkeypatch)
        except BaseException as error:
            error.add_note(f"call {at} of {counted.calls} of os.{name} failed with {number and os.strerror(number)}")
            raise


@pytest.mark.parametrize("second", ["ftruncate", "fsync", "open"])
def test_taking_back_may_fail_too(tmp_path: Path, second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write is cut off in the middle, and so is the taking back, again and again: then all is well by itself."""
    wait: list[int] = []

    async def main() -> None:
        async with opened(tmp_path) as store:
            life = Life(store)
            await life.append(entry("before"))
            write = os.write
            writes = 0

            def cut_off(fd: int, data: bytes) -> int:
                nonlocal writes
                writes += 1
                if writes == 1:
                    return write(fd, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

            def fail(*arguments: Any, **named: Any) -> Any:
                wait.append(1)
                raise OSError(errno.EIO, "Input/output error")

            with monkeypatch.context() as patch:
                patch.setattr(os, "write", cut_off)
                patch.setattr(os, second, fail) if second != "open" else None
                for _ in range(3):
                    with pytest.raises(StoreUnavailable):
                        await store.append(batch(*(entry(f"refused {n}") for n in range(10))))
            await life.append(entry("after"), claim=Claim("client", "a", Receipt(201, b"a")))
            await life.append(entry("after"), claim=Claim("client", "b", Receipt(201, b"b")))
            await life.check()
        async with opened(tmp_path) as again:
            life.store = again
            await life.check()

    asyncio.run(main())
