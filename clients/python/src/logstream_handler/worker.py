"""The thread that delivers: batches from the buffer, then what the spool holds, with a growing pause while that fails.

One per handler and process. It is started by the first entry, and again by the first after a fork or a `close`; where
no thread can be started any more, at the very end of the interpreter, entries go straight to the spool.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty

from logstream_handler.batch import Batch, batch_of, halves
from logstream_handler.buffer import Buffer
from logstream_handler.drops import Drops, Reason
from logstream_handler.json_text import encode
from logstream_handler.settings import Settings
from logstream_handler.spool import Spool, Spooled
from logstream_handler.transport import Outcome, Result, Transport

MAX_RETRY_AFTER = 600.0
"""Seconds of a Retry-After that are believed."""

RESCAN_SECONDS = 60.0
"""After this, a delivery is the occasion to look for what other processes left in the spool."""

REPORTER = "logstream.handler"
"""The category of entries about what was dropped."""


@dataclass(frozen=True)
class Stats:
    """Entries, since the process began (or was forked)."""

    queued: int
    """In memory."""
    delivered: int
    spooled: int
    """On disk, whoever put them there."""
    dropped: dict[str, int]
    """By reason."""


@dataclass
class Request:
    """Bring everything that is in memory to the server, or to the spool."""

    stop: bool
    until: float
    """When to stop emptying the spool as well (time.monotonic)."""
    done: threading.Event = field(default_factory=threading.Event)


class Worker:
    def __init__(self, settings: Settings, on_start: Callable[[], None]) -> None:
        """`on_start` is called when a thread was started."""
        self._settings = settings
        self._on_start = on_start
        self._frame = settings.frame
        self._buffer: Buffer[Request] = Buffer(
            (settings.queue_entries, settings.queue_bytes), (settings.batch_entries, settings.batch_bytes)
        )
        self.drops = Drops(settings.stderr)
        self._transport = Transport(settings)
        self._spool = Spool(settings.spool, settings.spool_bytes) if settings.spool is not None else None
        self._held: deque[Batch] = deque()
        """Batches in hand: the one being sent, and those that could be neither delivered nor spooled."""
        self._thread: threading.Thread | None = None
        self._starting = threading.RLock()
        self.identity = 0
        """Of the thread, as threading.get_ident() says it."""
        self._failures = 0
        self._retry_at = 0.0
        self._rescan_at = 0.0
        self._delivered = 0

    # what any thread calls

    def add(self, line: bytes) -> None:
        """Take an entry. Waits for nothing but the start of the thread, once."""
        if not self._buffer.put(line):
            self.drops.add(Reason.QUEUE_FULL, 1)
        if self._thread is None or sys.is_finalizing():
            self._start()

    def flush(self, seconds: float) -> None:
        """Wait until all that was added is delivered or spooled, or until one attempt has failed; at most so long."""
        self._ask(Request(stop=False, until=0.0), seconds)

    def close(self, seconds: float) -> None:
        """Deliver or spool what there is, and end the thread. What is not done in time goes to the spool from here."""
        thread = self._thread
        if thread is not None:
            self._ask(Request(stop=True, until=time.monotonic() + seconds / 2), seconds)
        self._leave()
        if thread is None or not thread.is_alive():
            self._transport.close()
        self.drops.say(at_once=True)

    def forget(self) -> None:
        """After a fork, in the child: what is in hand is the parent's."""
        self._transport.forget()
        if self._spool is not None:
            self._spool.forget()

    def stats(self) -> Stats:
        queued = len(self._buffer) + sum(batch.count for batch in list(self._held))
        spooled = self._spool.count() if self._spool is not None else 0
        return Stats(queued, self._delivered, spooled, self.drops.totals())

    def _start(self) -> None:
        if sys.is_finalizing():  # threads don't run any more, and starting one would wait for ever
            self._leave()
            return
        with self._starting:
            if self._thread is not None:
                return
            self._thread = thread = threading.Thread(target=self._run, name="logstream-handler", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # none may be started any more
                self._thread = None
        if self._thread is None:
            self._leave()
        else:
            self._on_start()

    def _ask(self, request: Request, seconds: float) -> None:
        if self._thread is None or threading.get_ident() == self.identity:
            return
        self._buffer.wake.put(request)
        request.done.wait(seconds)

    def _leave(self) -> None:
        """Bring everything in memory to the spool, from the calling thread."""
        batches = list(self._held)
        while lines := self._buffer.take():
            batches.append(batch_of(lines, self._frame))
        for batch in batches:
            if self._spool is not None:
                try:
                    self.drops.add(Reason.SPOOL_FULL, self._spool.put(batch))
                    continue
                except OSError as error:
                    self._spool_trouble(error)
            self.drops.add(Reason.EXIT, batch.count)
        self._held.clear()

    # what its own thread does

    def _run(self) -> None:
        self.identity = threading.get_ident()
        while True:
            request = self._next()
            try:
                self._turn(request)
            except Exception as error:  # a fault of ours: the thread goes on, after a pause
                self.drops.trouble(f"{type(error).__name__}: {error}")
                self._retry_at = time.monotonic() + self._settings.retry_most
            self.drops.say()
            if request is not None:
                if request.stop:
                    self.identity = 0  # another thread may be given it
                    self._thread = None
                    self._transport.close()
                request.done.set()
                if request.stop:
                    return

    def _next(self) -> Request | None:
        """Wait until there is something to do; the request, if that is it."""
        while True:
            due = self._due()
            wait = None if due is None else due - time.monotonic()
            try:
                request = self._buffer.wake.get(block=wait is None or wait > 0, timeout=wait)
            except Empty:
                return None
            if request is not None:
                return request

    def _due(self) -> float | None:
        """When the next turn is; None: when somebody wakes us."""
        times: list[float] = []
        if self._held or (self._spool is not None and self._spool.waiting):
            times.append(self._retry_at)
        if self._buffer and not self._held:
            due = 0.0 if self._buffer.full_batch else self._buffer.since + self._settings.batch_seconds
            times.append(due if self._spool is not None else max(due, self._retry_at))
        return min(times, default=None)

    @property
    def _ready(self) -> bool:
        return time.monotonic() >= self._retry_at

    def _turn(self, request: Request | None) -> None:
        asked = request is not None
        self._work_held(asked)
        while not self._held and (asked or self._buffer_due()):
            lines = self._buffer.take()
            if not lines:
                break
            self._held.append(batch_of(lines, self._frame))
            self._work_held(asked and self._spool is None)
        self._work_spool()
        while request is not None and self._spool is not None and self._spool.waiting:
            if not self._ready or time.monotonic() >= request.until:
                break
            self._work_spool()

    def _buffer_due(self) -> bool:
        due = self._buffer.full_batch or time.monotonic() >= self._buffer.since + self._settings.batch_seconds
        return bool(self._buffer) and due and (self._spool is not None or self._ready)

    def _work_held(self, at_once: bool) -> None:
        """Send what is in hand; while that fails, bring it to the spool."""
        while self._held and (at_once or self._ready):
            batch = self._held[0]
            result = self._transport.send(batch)
            if not self._held:  # the process ends, and `_leave` has taken it
                return
            if result.outcome is Outcome.LATER:
                self._fail(result)
                break
            self._held.popleft()
            if result.outcome is Outcome.TOO_LARGE and batch.count > 1:
                self._held.extendleft(reversed(halves(batch)))
            else:
                self._settle(batch, result)
        while self._held and self._spool is not None:
            try:
                self.drops.add(Reason.SPOOL_FULL, self._spool.put(self._held[0]))
            except OSError as error:
                self._spool_trouble(error)
                break
            self._held.popleft()

    def _work_spool(self) -> None:
        """Send one batch of the spool."""
        if self._spool is None or self._held or not self._spool.waiting or not self._ready:
            return
        taken = self._spool.take()
        if taken is not None:
            try:
                self._send_spooled(self._spool, taken)
            except OSError as error:
                self._spool_trouble(error)
                self._retry_at = time.monotonic() + self._settings.retry_most
            finally:
                taken.release()

    def _send_spooled(self, spool: Spool, taken: Spooled) -> None:
        result = self._transport.send(taken.batch)
        if result.outcome is Outcome.LATER:
            self._fail(result)
        elif result.outcome is Outcome.TOO_LARGE and taken.batch.count > 1:
            for half in halves(taken.batch):
                self.drops.add(Reason.SPOOL_FULL, spool.put(half))
            taken.remove()
        else:
            taken.remove()
            self._settle(taken.batch, result)

    def _settle(self, batch: Batch, result: Result) -> None:
        """The server has decided about a batch."""
        self._failures = 0
        self._retry_at = 0.0
        lost = result.refused if result.outcome is Outcome.STORED else batch.count
        if not batch.is_report:
            reason = Reason.TOO_LARGE if result.outcome is Outcome.TOO_LARGE else Reason.REFUSED
            self.drops.add(reason, lost, result.reason)
            self._delivered += batch.count - lost
        if self._spool is not None and time.monotonic() >= self._rescan_at:
            self._rescan_at = time.monotonic() + RESCAN_SECONDS
            self._spool.waiting = True
        if not batch.is_report:
            self._report()

    def _report(self) -> None:
        dropped = self.drops.take_unreported()
        if dropped:
            entry = {
                "level": "warning",
                "category": REPORTER,
                "message": f"{sum(dropped.values())} entries were dropped",
                "context": {"dropped": dropped},
                "timestamp": time.time_ns() // 1000,
            }
            self._held.append(batch_of([encode(entry)], self._frame, is_report=True))

    def _fail(self, result: Result) -> None:
        """Come again later: after twice the pause of last time, or what the server asks for; all at different times."""
        settings = self._settings
        pause = min(settings.retry_most, settings.retry_first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        pause *= random.uniform(0.5, 1.0)
        if result.retry_after:
            pause = max(pause, min(result.retry_after, MAX_RETRY_AFTER) * random.uniform(1.0, 1.2))
        self._retry_at = time.monotonic() + pause
        kept = "in memory" if self._spool is None else f"in {self._spool.folder}"
        self.drops.trouble(f"can't deliver to {settings.url}, entries are kept {kept}: {result.reason}")

    def _spool_trouble(self, error: OSError) -> None:
        folder = self._spool.folder if self._spool is not None else ""
        self.drops.trouble(f"can't spool in {folder}: {type(error).__name__}: {error}")
