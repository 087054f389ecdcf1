"""Answers to requests with an Idempotency-Key, from the stream: of equal keys the last in its order counts."""

import base64
from collections.abc import Sequence

import msgspec
import zstandard

from logstream.store import Receipt
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import EXECUTE_SECONDS, Database, new_token
from logstream.stores.clickhouse.schema import CLAIMS
from logstream.stores.spool.spool import Keyed
from logstream.stores.stream.writer import KEEP


class _Kept(msgspec.Struct, array_like=True):
    status: int
    body: str


async def keep_claims(database: Database, claims: Sequence[Keyed], until: int) -> None:
    """Keep the claims of a portion that ends with the message `until`. Raises Fault; it can be repeated."""
    if not claims:
        return
    compress = zstandard.ZstdCompressor(level=1).compress
    rows = [
        {
            "client": keyed.claim.client,
            "claim_key": keyed.claim.key,
            "first_id": keyed.first_id,
            "status": keyed.claim.receipt.code,
            "body": base64.b64encode(compress(keyed.claim.receipt.content)).decode(),
            "until": until,
        }
        for keyed in claims
    ]
    lines = b"\n".join(map(msgspec.json.encode, rows))
    await database.insert(CLAIMS, lines, token=new_token())


async def receipt_for(database: Database, client: str, key: str) -> Receipt | None:
    """Raises StoreUnavailable."""
    rows = await database.rows(
        f"SELECT status, body FROM {CLAIMS} WHERE client = {quoting.text(client)} AND claim_key = {quoting.text(key)} "
        f"AND claimed_at > now64(6) - INTERVAL {int(KEEP.total_seconds())} SECOND ORDER BY until DESC LIMIT 1",
        _Kept,
        EXECUTE_SECONDS,
    )
    return Receipt(rows[0].status, zstandard.decompress(base64.b64decode(rows[0].body))) if rows else None
