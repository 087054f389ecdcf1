"""Where alerts come from: the shared state, which the API changes, and a file, which people edit."""

import logging
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from logstream.alerts.alert import MAX_ALERTS, Alert, InvalidAlert, Target, read_alert
from logstream.alerts.targets import Targets
from logstream.shared import Collection, Kept, SharedState

log = logging.getLogger("logstream.alerts")

ALERTS: Final = "alerts"


class InvalidAlertFile(ValueError):
    """A file of alerts that can't be used; the message says why."""


class AlertFile:
    """Alerts in a JSON file: `{"alerts": […]}` or a bare list. It is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[int, int] | None = None

    @property
    def has_changed(self) -> bool:
        return self._stamp() != self._read

    def read(self) -> tuple[Alert, ...]:
        """Raises InvalidAlertFile."""
        self._read = self._stamp()
        try:
            document = msgspec.json.decode(self.path.read_bytes())
        except OSError as error:
            raise InvalidAlertFile(f"{self.path} can't be read: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidAlertFile(f"{self.path} is not JSON: {error}") from None
        listed = document.get("alerts") if isinstance(document, dict) else document
        if not isinstance(listed, list):
            raise InvalidAlertFile(f'{self.path} is neither {{"alerts": […]}} nor a list')
        if len(listed) > MAX_ALERTS:
            raise InvalidAlertFile(f"{self.path}: {len(listed)} alerts; at most {MAX_ALERTS} are allowed")
        alerts: dict[str, Alert] = {}
        for number, given in enumerate(listed, 1):
            try:
                alert = read_alert(given)
            except InvalidAlert as error:
                raise InvalidAlertFile(f"{self.path}: alert {number}: {error}") from None
            if alert.name in alerts:
                raise InvalidAlertFile(f"{self.path}: two alerts are named {alert.name!r}")
            alerts[alert.name] = msgspec.structs.replace(alert, id=_id_in_file(alert.name))
        return tuple(alerts.values())

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


class Definitions:
    """All alerts. Those of the file come before others of their name."""

    def __init__(self, state: SharedState, targets: Targets, file: AlertFile | None = None) -> None:
        self.stored: Collection[Alert] = Collection(state, ALERTS, Alert, MAX_ALERTS)
        self.fault: str | None = None
        """Why the file as it is now is not used, but as it was before."""
        self._targets = targets
        self._file = file
        self._in_file: dict[str, Kept[Alert]] = {}

    async def start(self) -> None:
        """Raises InvalidAlertFile."""
        if self._file is not None:
            await self._read_file(self._file)

    @property
    def has_file(self) -> bool:
        return self._file is not None

    def is_in_file(self, name: str) -> bool:
        return name in self._in_file

    async def listed(self) -> Sequence[Kept[Alert]]:
        """By name. Raises StoreUnavailable."""
        if self._file is not None and self._file.has_changed:
            try:
                await self._read_file(self._file)
            except InvalidAlertFile as error:
                self.fault = str(error)
                log.error("%s; the alerts stay as they were", error)
        stored = {kept.item.name: kept for kept in await self.stored.listed()}
        return [kept for _, kept in sorted({**stored, **self._in_file}.items())]

    async def get(self, name: str) -> Kept[Alert] | None:
        """Raises StoreUnavailable."""
        return self._in_file.get(name) or await self.stored.get(name)

    async def _read_file(self, file: AlertFile) -> None:
        found: dict[str, Kept[Alert]] = {}
        known: list[Target] = [target for kept in self._in_file.values() for target in kept.item.targets]
        for alert in file.read():
            try:
                found[alert.name] = Kept(await self._targets.checked(alert, known), 0, "")
            except InvalidAlert as error:
                raise InvalidAlertFile(f"{file.path}: alert {alert.name!r}: {error}") from None
        self._in_file = found
        self.fault = None


def _id_in_file(name: str) -> str:
    return f"file-{blake2b(name.encode(), digest_size=10).hexdigest()}"
