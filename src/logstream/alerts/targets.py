"""The targets of alerts: which may be used, how they are shown without their secrets, and telling one."""

import asyncio
import re
import sys
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from logstream.alerts.addresses import Forbidden, check_host
from logstream.alerts.alert import Alert, InvalidAlert, Target
from logstream.alerts.apprise_process import Answer, Request
from logstream.alerts.notice import Notice, severity_of, text_of, title_of
from logstream.alerts.webhook import Undelivered, Webhooks

STAR: Final = "****"

PROCESSES: Final = 2
"""How many processes with apprise there are at one time, of some 50 MB each."""

PROCESS_SECONDS: Final = 60.0

_OF_WEB: Final = re.compile(r"(https?|jsons?|xmls?|forms?|ntfys?)://", re.IGNORECASE)
"""Addresses of which any part behind the host may be a secret, as the topic of ntfy is; of others, apprise knows."""


class Targets:
    """Checks targets, and tells them."""

    def __init__(self, signing_secret: str | None = None, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._webhooks = Webhooks(signing_secret, allow_private=allow_private)
        self._processes = asyncio.Semaphore(PROCESSES)

    async def checked(self, alert: Alert, earlier: Iterable[Target] = ()) -> Alert:
        """The alert with targets that may be used. Raises InvalidAlert.

        One that is given as it was shown is that of `earlier`, with its secrets.
        """
        known = {target.shown: target for target in earlier} | {target.url: target for target in earlier}
        targets = [known.get(target.url) or await self._checked(target.url) for target in alert.targets]
        return msgspec.structs.replace(alert, targets=_told_apart(list(dict.fromkeys(targets))))

    async def tell(self, target: Target, notice: Notice, delivery: str) -> None:
        """Return when the notice has arrived. Raises Undelivered."""
        try:
            if is_webhook(target.url):
                await self._webhooks.deliver(target.url, notice, delivery)
            else:
                await self._deliver(target.url, notice)
        except Undelivered as error:
            raise Undelivered(masked(str(error), target)) from None

    async def _checked(self, url: str) -> Target:
        shown = _starred(url)
        try:
            if STAR in url:
                raise InvalidAlert(f"targets: {url[:200]!r} is not one of this alert's; give it whole")
            if not is_webhook(url):
                answer = await self._ask(Request(url, self._allow_private))
                if answer.error is not None:
                    raise InvalidAlert(f"targets: {shown}: {answer.error}")
                return Target(url, shown if _OF_WEB.match(url) else answer.shown)
            parts = _parts(url)
            if parts is None or not parts.hostname:
                raise InvalidAlert(f"targets: {shown} is no web address")
            if not self._allow_private:
                await check_host(parts.hostname, allow_private=False)
        except Forbidden as error:
            raise InvalidAlert(f"targets: {shown}: {error}") from None
        except Undelivered as error:
            raise InvalidAlert(f"targets: {shown}: {error}") from None
        return Target(url, shown)

    async def _deliver(self, url: str, notice: Notice) -> None:
        request = Request(url, self._allow_private, title_of(notice), text_of(notice), severity_of(notice))
        answer = await self._ask(request)
        if answer.error is not None:
            raise Undelivered(answer.error)

    async def _ask(self, request: Request) -> Answer:
        async with self._processes:
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "logstream.alerts.apprise_process"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    env={},
                )
            except OSError as error:
                raise Undelivered(f"apprise can't be started: {error.strerror}") from None
            try:
                async with asyncio.timeout(PROCESS_SECONDS):
                    output, _ = await process.communicate(msgspec.json.encode(request))
                return msgspec.json.decode(output, type=Answer)
            except TimeoutError:
                raise Undelivered(f"no answer within {PROCESS_SECONDS:.0f} s") from None
            except msgspec.DecodeError:
                raise Undelivered(f"apprise failed ({process.returncode})") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


def _told_apart(targets: Sequence[Target]) -> tuple[Target, ...]:
    """With numbers behind those that would look alike."""
    taken: set[str] = set()
    found: list[Target] = []
    for target in targets:
        spellings = (f"{target.shown} ({number})" for number in count(2))
        shown = target.shown if target.shown not in taken else next(one for one in spellings if one not in taken)
        taken.add(shown)
        found.append(msgspec.structs.replace(target, shown=shown))
    return tuple(found)


def is_webhook(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def masked(text: str, target: Target) -> str:
    """A text without the secrets of a target."""
    text = text.replace(target.url, target.shown)
    parts = {part for whole in (target.url, unquote(target.url)) for part in re.split(r"[/:@?&=,+#]+", whole)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= 4 and part not in target.shown:
            text = text.replace(part, STAR)
    return text


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _starred(url: str) -> str:
    """Of an address of the web its host, of others what kind of service it is."""
    parts = _parts(url)
    if parts is None or not parts.scheme:
        return STAR
    if not _OF_WEB.match(url):
        return f"{parts.scheme}://{STAR}"
    host = parts.netloc.rpartition("@")[2]
    rest = parts.path not in ("", "/") or parts.query or "@" in parts.netloc
    return f"{parts.scheme}://{host}/{STAR}" if rest else f"{parts.scheme}://{host}{parts.path}"
