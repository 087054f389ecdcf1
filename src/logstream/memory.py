"""One budget of memory, MEMORY_MAX, for everything that clients can make grow, split into shares with names.

Who needs much memory first takes a loan of a share. Where there is no room the loan waits for its turn, and who waits
too long is told to come again. No peer and no client may hold a whole share, so that the others always have some.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final, NamedTuple

LEAST: Final = 512_000_000
"""The smallest budget."""

PROCESS: Final = 152_000_000
"""What the process takes with nothing to do: the interpreter, its modules, DuckDB's and the allocator's own."""

LEAST_INDEX: Final = 256_000_000
"""Searching gets this much at least."""

BESIDE_INDEX: Final = 1_000_000_000
"""What the default leaves for everything but searching, on a machine that has it: more would help nobody."""

PARTS: Final = {"batches": 0.35, "searches": 0.2, "viewers": 0.2, "readers": 0.15, "bodies": 0.1}
"""What each share gets of what the process and the index leave."""

PEER_PART: Final = 2 / 3
CLIENT_PART: Final = 1 / 3
"""How much of a share one peer address and one registered client may hold; many clients may come from one proxy."""

WAIT_SECONDS: Final = 10
"""How long a loan waits for room, unless said otherwise."""

MAX_WAITING: Final = 256
MAX_SEARCHES_WAITING: Final = 40
"""Loans that wait for room of one share; more are refused at once. Searches take long."""


class NoRoom(Exception):
    """There is no memory for it now; the text says for what."""


class _Waiting(NamedTuple):
    granted: asyncio.Future[None]
    loan: "Loan"
    size: int


class Share:
    """A part of the memory, `what` for people. Everything is called on the event loop's thread."""

    def __init__(self, name: str, limit: int, what: str = "", max_waiting: int = MAX_WAITING) -> None:
        self.name = name
        self.limit = limit
        self.used = 0
        self.refused = 0
        """Loans that were refused."""
        self.measure: Callable[[], int] = lambda: self.used
        """What is really in use, where loans don't say it."""
        self._what = what or name
        self._max_waiting = max_waiting
        self._peer_limit = int(limit * PEER_PART)
        self._client_limit = int(limit * CLIENT_PART)
        self._by_peer: dict[str, int] = {}
        self._by_client: dict[str, int] = {}
        self._waiting: deque[_Waiting] = deque()
        self._crowded = False
        """Whether somebody waits who is not at the limit of his own: newcomers come after him."""

    def most(self, client: str | None) -> int:
        """What one loan can have. Who needs more gets this: it then is alone with what it takes beyond."""
        return self._peer_limit if client is None else self._client_limit

    def refuse(self) -> NoRoom:
        """What to raise for a loan that there is no room for; it is counted."""
        self.refused += 1
        return NoRoom(f"the memory for {self._what} is in use (MEMORY_MAX)")

    def loan(self, peer: str, client: str | None = None) -> "Loan":
        """A loan of nothing as yet, for a peer's address and the registered client that it is."""
        return Loan(self, peer, client)

    def take(self, loan: "Loan", size: int) -> bool:
        """Give the loan so much more if there is room now."""
        if self._crowded or not self._has_room(loan, size):
            return False
        self._book(loan, size)
        return True

    async def wait(self, loan: "Loan", size: int, seconds: float) -> None:
        """Give the loan so much more as soon as there is room. Raises NoRoom."""
        if len(self._waiting) >= self._max_waiting:
            raise self.refuse()
        waiting = _Waiting(asyncio.get_running_loop().create_future(), loan, size)
        self._waiting.append(waiting)
        self._hand_out()
        try:
            async with asyncio.timeout(seconds):
                await waiting.granted
        except TimeoutError:
            raise self.refuse() from None
        finally:
            if waiting.granted.cancelled():
                self._hand_out()

    def give_back(self, loan: "Loan", size: int) -> None:
        self.used -= size
        loan.size -= size
        self._owned(loan, -size)
        if self._waiting:
            self._hand_out()

    def _hand_out(self) -> None:
        """Let in who has waited longest; only who is at the limit of his own may be overtaken."""
        self._crowded = False
        still: deque[_Waiting] = deque()
        for waiting in self._waiting:
            if waiting.granted.done():
                continue
            if not self._crowded and self._has_room(waiting.loan, waiting.size):
                self._book(waiting.loan, waiting.size)
                waiting.granted.set_result(None)
                continue
            self._crowded = self._crowded or self._has_room_of_its_own(waiting.loan, waiting.size)
            still.append(waiting)
        self._waiting = still

    def _has_room(self, loan: "Loan", size: int) -> bool:
        return self.used + size <= self.limit and self._has_room_of_its_own(loan, size)

    def _has_room_of_its_own(self, loan: "Loan", size: int) -> bool:
        if self._by_peer.get(loan.peer, 0) + size > self._peer_limit:
            return False
        return loan.client is None or self._by_client.get(loan.client, 0) + size <= self._client_limit

    def _book(self, loan: "Loan", size: int) -> None:
        self.used += size
        loan.size += size
        self._owned(loan, size)

    def _owned(self, loan: "Loan", more: int) -> None:
        """Count more or less for those whose loan it is; who has nothing is forgotten."""
        peer = loan.peer
        held = self._by_peer.get(peer, 0) + more
        if held:
            self._by_peer[peer] = held
        else:
            del self._by_peer[peer]
        client = loan.client
        if client is not None:
            held = self._by_client.get(client, 0) + more
            if held:
                self._by_client[client] = held
            else:
                del self._by_client[client]


class Loan:
    """What one request or viewer holds of a share, `size` bytes, until `end`."""

    __slots__ = ("_share", "client", "peer", "size")

    def __init__(self, share: Share, peer: str, client: str | None) -> None:
        self._share = share
        self.peer = peer
        self.client = client
        self.size = 0

    def take(self, size: int) -> bool:
        """Have `size` bytes, unless it has as many already; false when there is no room for that now.

        The hot path, each request takes a loan: what `Share.take` does for a first loan of few bytes, without calls.
        """
        share = self._share
        if self.size == 0 < size and self.client is None and not share._crowded:
            used, held = share.used + size, share._by_peer.get(self.peer, 0) + size
            if used <= share.limit and held <= share._peer_limit:
                share.used, share._by_peer[self.peer], self.size = used, held, size
                return True
        more = self._more(size)
        return more <= 0 or share.take(self, more)

    async def wait(self, size: int, seconds: float = WAIT_SECONDS) -> None:
        """Have `size` bytes as soon as there is room. Raises NoRoom. A loan that waits should hold nothing."""
        more = self._more(size)
        if more > 0 and not self._share.take(self, more):
            await self._share.wait(self, more, seconds)

    def must(self, size: int) -> None:
        """Have `size` bytes now. Raises NoRoom."""
        if not self.take(size):
            raise self._share.refuse()

    def shrink(self, size: int) -> None:
        """Have no more than `size` bytes from now on."""
        if size < self.size:
            self._share.give_back(self, self.size - size)

    def end(self) -> None:
        """Hold nothing any more. Like `take`, what `Share.give_back` does for the usual loan, without calls."""
        share, size = self._share, self.size
        if not size:
            return
        held = share._by_peer[self.peer] - size
        if held and self.client is None and not share._waiting:
            share.used -= size
            share._by_peer[self.peer] = held
            self.size = 0
        else:
            share.give_back(self, size)

    def _more(self, size: int) -> int:
        return min(size, self._share.most(self.client)) - self.size


class Memory:
    """The shares of `most` bytes; `index` is what searching may use of the `index_memory` that it wants."""

    def __init__(self, most: int, index_memory: int = 0) -> None:
        self.most = most
        self.index = min(index_memory, max(LEAST_INDEX, most // 2, most - BESIDE_INDEX))
        rest = most - PROCESS - self.index
        size = {name: int(part * rest) for name, part in PARTS.items()}
        self.bodies = Share("bodies", size["bodies"], "request bodies on their way")
        self.batches = Share("batches", size["batches"], "requests that are being stored")
        self.viewers = Share("viewers", size["viewers"], "viewers")
        self.readers = Share("readers", size["readers"], "exports and viewers that come back")
        self.searches = Share("searches", size["searches"], "searches", MAX_SEARCHES_WAITING)
        self.shares = (self.bodies, self.batches, self.viewers, self.readers, self.searches)

    def __str__(self) -> str:
        return f"{self.most // 1_000_000} MB of memory"


def default_memory_max(index_memory: int) -> int:
    """Half of what this process may have, as far as that is of use, and LEAST at least."""
    return max(LEAST, min(available() // 2, index_memory + BESIDE_INDEX))


def available(root: Path = Path("/")) -> int:
    """Bytes of memory that this process may have: the machine's, or less where a control group limits it."""
    found = [limit for limit in (_of_machine(root), *_of_groups(root)) if limit is not None]
    return min(found, default=2 * LEAST)


def _of_machine(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return 1024 * int(value.split()[0])
    return None


def _of_groups(root: Path) -> list[int | None]:
    """The limits of the control groups that this process is in and of those above (cgroups(7)), version 2 and 1."""
    limits: list[int | None] = []
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folder, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        below = Path(path.lstrip("/"))
        limits += [_limit(folder / group / name) for group in (below, *below.parents)]
    return limits


def _limit(path: Path) -> int | None:
    """None for `max`, for what version 1 says instead, and where there is no such group, as in a container."""
    text = _read(path).strip()
    return int(text) if text.isdigit() and int(text) < 1 << 60 else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def peer_of(address: str) -> str:
    """Whom an address stands for: itself, or for IPv6 its network of 64 bits, which one machine has as a whole."""
    return _network(address) if ":" in address else address


@lru_cache(1024)
def _network(address: str) -> str:
    try:
        given = IPv6Address(address)
    except ValueError:
        return address
    return str(given.ipv4_mapped or IPv6Network((int(given), 64), strict=False))
