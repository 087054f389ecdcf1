"""Viewers of the real server see what is accepted once, in order, byte for byte; tests/live has the protocol."""

import asyncio
import json
import signal
from typing import Any

import httpx
import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from tests.harness import Server, eventually

all_stores = True
cluster_too = True

PREFIX = '{"type":"log","data":'


async def watch(url: str, count: int) -> list[str]:
    """The entries of the next `count` log messages, as they came."""
    async with websockets.connect(url, max_size=None) as viewer:
        assert json.loads(await viewer.recv())["type"] == "connected"
        got = [str(await asyncio.wait_for(viewer.recv(), 30)) for _ in range(count)]
        assert all(message.startswith(PREFIX) for message in got)
        return [message[len(PREFIX) : -1] for message in got]


async def two_viewers(server: Server) -> None:
    """Return when two viewers are connected."""

    def there() -> bool:
        return bool(server.get("/api/health").json()["ws_connections"] == 2)

    await asyncio.to_thread(eventually, there, "two viewers")


async def post_many(server: Server, senders: int, requests: int, size: int) -> list[bytes]:
    """The entries of all answers, as they came."""
    allowed = await asyncio.to_thread(server.as_client, "many")
    async with httpx.AsyncClient(timeout=30) as client:

        async def one(sender: int) -> list[bytes]:
            got = []
            for number in range(requests):
                logs = [{"message": f"{sender}.{number}.{n} é", "context": {"n": 1.10}} for n in range(size)]
                body = {"app_key": "many", "app_id": "x", "logs": logs}
                answer = await client.post(f"{server.url}/api/logs", json=body, headers=allowed)
                assert answer.status_code == 201
                got.append(answer.content)
            return got

        return [body for bodies in await asyncio.gather(*map(one, range(senders))) for body in bodies]


def test_every_accepted_entry_is_seen_once_in_order_by_viewers_at_both_doors(server: Server) -> None:
    async def main() -> tuple[list[str], list[str], list[bytes]]:
        doors = (server.ws_url, f"ws://127.0.0.1:{server.http_port}/ws")
        watching = [asyncio.create_task(watch(door, 8 * 20 * 5)) for door in doors]
        await two_viewers(server)
        answers = await post_many(server, 8, 20, 5)
        first, second = await asyncio.gather(*watching)
        return first, second, answers

    first, second, answers = asyncio.run(main())
    assert first == second
    ids = [json.loads(entry)["id"] for entry in first]
    assert ids == sorted(set(ids))
    assert first == [line.decode() for line in server.journal_lines()]
    whole = {entry.encode() for entry in first}
    for answer in answers:
        content = answer[answer.index(b"[") + 1 : answer.rindex(b"]")]
        assert all(entry.strip(b",") in whole for entry in content.replace(b'},{"id"', b'}\n{"id"').split(b"\n"))


@pytest.mark.parametrize("door", ["own port", "http port"])
def test_viewers_are_told_when_the_server_goes_away(server: Server, door: str) -> None:
    url = server.ws_url if door == "own port" else f"ws://127.0.0.1:{server.http_port}/ws"

    async def main() -> Any:
        async with websockets.connect(url) as viewer:
            await viewer.recv()
            assert server.process is not None
            server.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(viewer.recv(), 30)
            except ConnectionClosed as closed:
                return closed.rcvd

    assert asyncio.run(main()).code == 1001
    assert server.stop() == 0


def test_a_viewer_that_does_not_read_is_told_of_the_gap_and_hurts_nobody(server: Server) -> None:
    """The other viewer has taken each batch before the next is sent, so that it can't fall behind itself."""
    total = 20 * 500

    async def main() -> int:
        async with (
            websockets.connect(server.ws_url, max_size=None, max_queue=1) as slow,
            websockets.connect(server.ws_url, max_size=None) as other,
            httpx.AsyncClient(timeout=30) as client,
        ):
            await slow.recv()
            await other.recv()
            ids = []
            headers = {"Prefer": "return=minimal", **await asyncio.to_thread(server.as_client, "gap")}
            for number in range(20):
                logs = [{"message": f"{number}.{n} " + "x" * 3000} for n in range(500)]
                body = {"app_key": "gap", "app_id": "x", "logs": logs}
                answer = await client.post(f"{server.url}/api/logs", json=body, headers=headers)
                assert answer.status_code == 201
                for _ in logs:
                    message = json.loads(await asyncio.wait_for(other.recv(), 30))
                    assert message["type"] == "log"
                    ids.append(message["data"]["id"])
            assert ids == sorted(set(ids))
            dropped, after, gaps, got = 0, None, 0, 0
            while got + dropped < total:
                message = json.loads(await asyncio.wait_for(slow.recv(), 30))
                if message["type"] == "gap":
                    gaps += 1
                    dropped += message["dropped"]
                    assert message["after"] == after
                    assert ids.index(message["before"]) - ids.index(message["after"]) == message["dropped"] + 1
                else:
                    got += 1
                    after = message["data"]["id"]
            assert got + dropped == total
            assert after == ids[-1]
            return gaps

    assert asyncio.run(main()) >= 1
