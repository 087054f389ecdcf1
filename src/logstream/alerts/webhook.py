"""Webhooks: the notice as JSON to an HTTP address, signed, to an address that may be connected to."""

import asyncio
import contextlib
import hashlib
import hmac
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import msgspec

from logstream import __version__
from logstream.alerts.addresses import Forbidden, addresses_of
from logstream.alerts.notice import Notice

if TYPE_CHECKING:
    import httpcore

SECONDS: Final = 15.0
"""How long a delivery may take."""

MAX_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset((307, 308))
"""Those that ask for the same request elsewhere; others would make a GET of it (RFC 9110 section 15.4)."""


class Undelivered(Exception):
    """A notice did not arrive; the text says why, without secrets."""


class Webhooks:
    def __init__(self, signing_secret: str | None, *, allow_private: bool) -> None:
        self._secret = signing_secret
        self._allow_private = allow_private
        self._tls: ssl.SSLContext | None = None

    async def deliver(self, url: str, notice: Notice, delivery: str) -> None:
        """Return when an address has answered with 2xx. `delivery` is the same in every try. Raises Undelivered."""
        body = msgspec.json.encode(notice)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"logstream-server/{__version__}",
            "X-Logstream-Delivery": delivery,
        }
        if self._secret:
            digest = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Logstream-Signature"] = f"sha256={digest}"
        try:
            async with asyncio.timeout(SECONDS):
                await self._post(url, body, headers)
        except TimeoutError:
            raise Undelivered(f"no answer within {SECONDS:.0f} s") from None

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        import httpcore  # here, since a server without alerts needs none of it

        self._tls = self._tls or ssl.create_default_context()
        network = _backend(self._allow_private)
        async with httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=network) as pool:
            for _ in range(MAX_REDIRECTS + 1):
                status, location = await _answer(pool, url, body, headers)
                if 200 <= status < 300:
                    return
                if status not in _REDIRECTS or not location:
                    raise Undelivered(f"answered with {status}")
                url = _sent_on(url, location)
        raise Undelivered(f"was sent on more than {MAX_REDIRECTS} times")


def _sent_on(url: str, location: str) -> str:
    """Where a redirect leads. Raises Undelivered."""
    with contextlib.suppress(ValueError):
        led = urljoin(url, location)
        if urlsplit(led).scheme in ("http", "https"):
            return led
    raise Undelivered("was sent on to what is no web address")


async def _answer(pool: "httpcore.AsyncConnectionPool", url: str, body: bytes, headers: dict[str, str]) -> Any:
    import httpcore

    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    if credentials:
        import base64
        from urllib.parse import unquote

        headers = {**headers, "Authorization": "Basic " + base64.b64encode(unquote(credentials).encode()).decode()}
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    try:
        target = httpcore.URL(url.partition("#")[0].encode())
        sent = [(b"Host", urlsplit(url).netloc.encode()), *((n.encode(), v.encode()) for n, v in headers.items())]
        async with pool.stream("POST", target, headers=sent, content=body) as answer:
            found = {name.lower(): value for name, value in answer.headers}
            return answer.status, found.get(b"location", b"").decode("latin-1")
    except Forbidden as error:
        raise Undelivered(str(error)) from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError, ValueError) as error:
        raise Undelivered(f"can't be reached: {_said(error)}") from None


def _said(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200] or type(error).__name__


def _backend(allow_private: bool) -> "httpcore.AsyncNetworkBackend":
    import httpcore

    class Backend(httpcore.AnyIOBackend):
        """Connects to addresses that were looked at."""

        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ASYNC109
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            try:
                addresses = await addresses_of(host, port, allow_private=allow_private)
            except OSError as error:
                raise httpcore.ConnectError(error.strerror or str(error)) from None
            for address in addresses[:-1]:
                try:
                    return await super().connect_tcp(address, port, timeout, local_address, socket_options)
                except httpcore.ConnectError:
                    continue
            return await super().connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    return Backend()
