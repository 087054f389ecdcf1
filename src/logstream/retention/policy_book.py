"""Where retention policies are stored: in a JSON file, which users may edit too, or wherever a store keeps them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from logstream.retention.policy import InvalidPolicy, Policy, read_policy
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.retention")

MAX_POLICIES: Final = 1000

Keep = Callable[[Path, bytes], None]
"""Makes something the content of a file, durably, its name included. Raises OSError."""


class Rules(msgspec.Struct, frozen=True):
    """All policies, and whether and how often they are applied automatically (0: only on request)."""

    policies: tuple[Policy, ...] = ()
    enabled: bool = True
    interval_hours: int = 24


class PolicyBook(Protocol):
    """Stores policies."""

    async def load(self) -> Rules:
        """The current rules. Raises StoreUnavailable."""

    async def save(self, policies: Sequence[Policy], before: Sequence[Policy]) -> None:
        """Replace the policies, loaded as `before`, with these.

        Raises Outdated when somebody else has changed one of those that change, and StoreUnavailable.
        """


class InvalidRules(ValueError):
    """An invalid policy file; the message says why."""


class DamagedRules(InvalidRules):
    """A policy file that is not JSON."""


class FilePolicies:
    """Policies in a JSON file: `{"enabled", "interval_hours", "policies"}` or a bare list of policies.

    It is read again each time, so manual edits take effect; a missing file means no policies. `keep` writes it. A
    damaged file of the server's own (`ours`) is set aside; what somebody wrote by hand is left to them.
    """

    def __init__(self, path: Path, interval_hours: int, keep: Keep, *, ours: bool = False) -> None:
        self.path = path
        self._interval = interval_hours
        self._keep = keep
        self._ours = ours

    async def load(self) -> Rules:
        try:
            return self.read()
        except DamagedRules as error:
            if not self._ours:
                raise StoreUnavailable(str(error)) from None
            self._set_aside(error)
            return Rules(interval_hours=self._interval)
        except InvalidRules as error:
            raise StoreUnavailable(str(error)) from None

    def read(self) -> Rules:
        """Raises InvalidRules."""
        document = self._document()
        if isinstance(document, list):
            return Rules(_read_all(document, self.path), interval_hours=self._interval)
        enabled = document.get("enabled", True)
        interval = document.get("interval_hours", self._interval)
        listed = document.get("policies", [])
        if not isinstance(enabled, bool):
            raise InvalidRules(f"{self.path}: enabled must be true or false")
        if isinstance(interval, bool) or not isinstance(interval, int) or not 0 <= interval <= 8760:
            raise InvalidRules(f"{self.path}: interval_hours must be a whole number of hours, at most 8760")
        if not isinstance(listed, list):
            raise InvalidRules(f"{self.path}: policies must be a list")
        return Rules(_read_all(listed, self.path), enabled, interval)

    async def save(self, policies: Sequence[Policy], before: Sequence[Policy]) -> None:
        try:
            await asyncio.to_thread(self._save, policies)
        except InvalidRules as error:
            raise StoreUnavailable(str(error)) from None
        except OSError as error:
            raise StoreUnavailable(f"{self.path} can't be written: {error.strerror}") from None

    def _save(self, policies: Sequence[Policy]) -> None:
        document = self._document()
        listed = msgspec.to_builtins(list(policies))
        kept = listed if isinstance(document, list) else {**document, "policies": listed}
        self._keep(self.path, msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")

    def _set_aside(self, error: DamagedRules) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
        try:
            self.path.rename(aside)
        except OSError as fault:
            raise StoreUnavailable(f"{error}, and can't be set aside: {fault.strerror}") from None
        log.error("%s; it was set aside as %s, and there are no policies until you add them again", error, aside)

    def _document(self) -> dict[str, Any] | list[Any]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, Any] | list[Any])
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InvalidRules(f"{self.path} can't be read: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DamagedRules(f"{self.path} is neither an object nor a list in JSON: {error}") from None


def _read_all(listed: Sequence[object], path: Path) -> tuple[Policy, ...]:
    if len(listed) > MAX_POLICIES:
        raise InvalidRules(f"{path}: {len(listed)} policies; at most {MAX_POLICIES} are allowed")
    policies: dict[str, Policy] = {}
    for number, given in enumerate(listed, 1):
        try:
            policy = read_policy(given)
        except InvalidPolicy as error:
            raise InvalidRules(f"{path}: policy {number}: {error}") from None
        if policy.name in policies:
            raise InvalidRules(f"{path}: two policies are named {policy.name!r}")
        policies[policy.name] = policy
    return tuple(policies.values())
