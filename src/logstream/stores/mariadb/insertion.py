"""Entries into the table, in one transaction with the claims they come with."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import repeat
from typing import Any, Final

import zstandard
from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import utc_now
from logstream.store import Receipt
from logstream.stores.mariadb.schema import CLAIMS, ENTRIES, MAX_MESSAGE_BYTES
from logstream.stores.spool.spool import Keyed

KEEP: Final = timedelta(hours=24)
"""How long an Idempotency-Key is remembered."""

_INSERT: Final = (
    "INSERT INTO log_entries (id, trace_id, batch_id, app_key, app_id, user_agent, level, category, message, context, "
    "timestamp, created_at, message_whole, position) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
"""The driver joins many rows into few statements: 23,000 to 25,000 entries/s committed, see bench/databases.py."""

_PRESENT: Final = select(ENTRIES.c.id).where(ENTRIES.c.id.in_(bindparam("ids", expanding=True)))


async def insert(
    connection: AsyncConnection,
    entries: Sequence[LogEntry],
    claims: Sequence[Keyed] = (),
    positions: Iterable[int | None] = repeat(None),
) -> None:
    """Insert entries that are all new, with their claims; `positions`: their places in the stream."""
    if claims:
        await _insert_claims(connection, claims)
    rows = [(*_encode_row(entry), position) for entry, position in zip(entries, positions, strict=False)]
    await connection.exec_driver_sql(_INSERT, rows)


async def insert_missing(connection: AsyncConnection, entries: Sequence[LogEntry]) -> None:
    """Insert those of the entries that are not there yet."""
    rows = await connection.execute(_PRESENT, {"ids": [entry.id for entry in entries]})
    present = {row[0] for row in rows}
    missing = [entry for entry in entries if entry.id not in present]
    if missing:
        await insert(connection, missing)


async def take_claims(connection: AsyncConnection, claims: Sequence[Keyed]) -> set[str]:
    """Make claims that came while the database was away; returns the first ids of those that came too late.

    For these, another request with the same key has been stored: their entries are the same and must not be.
    """
    late: set[str] = set()
    for keyed in claims:
        row = (await connection.execute(_claim(keyed.claim.client, keyed.claim.key))).first()
        if row is None:
            await _insert_claims(connection, [keyed])
        elif row.first_id != keyed.first_id:
            late.add(keyed.first_id)
    return late


async def receipt_for(connection: AsyncConnection, client: str, key: str) -> Receipt | None:
    row = (await connection.execute(_claim(client, key))).first()
    return None if row is None else Receipt(row.status, zstandard.decompress(row.body))


async def purge_claims(connection: AsyncConnection) -> None:
    await connection.execute(delete(CLAIMS).where(CLAIMS.c.claimed_at < utc_now() - KEEP))


def _claim(client: str, key: str) -> Select[Any]:
    columns = CLAIMS.c
    return select(columns.status, columns.body, columns.first_id).where(
        columns.client == client, columns.claim_key == key, columns.claimed_at > utc_now() - KEEP
    )


async def _insert_claims(connection: AsyncConnection, claims: Iterable[Keyed]) -> None:
    now = utc_now()
    compress = zstandard.ZstdCompressor(level=1).compress
    for keyed in claims:
        claim = keyed.claim
        outdated = delete(CLAIMS).where(
            CLAIMS.c.client == claim.client, CLAIMS.c.claim_key == claim.key, CLAIMS.c.claimed_at <= now - KEEP
        )
        await connection.execute(outdated)
        await connection.execute(
            CLAIMS.insert().values(
                client=claim.client,
                claim_key=claim.key,
                first_id=keyed.first_id,
                status=claim.receipt.code,
                body=compress(claim.receipt.content),
                claimed_at=now,
            )
        )


def _encode_row(entry: LogEntry) -> tuple[str | None, ...]:
    message, whole = entry.message, None
    if len(message) * 4 > MAX_MESSAGE_BYTES:  # nearly none is: a character has at most four bytes
        encoded = message.encode()
        if len(encoded) > MAX_MESSAGE_BYTES:
            message, whole = encoded[:MAX_MESSAGE_BYTES].decode(errors="ignore"), message
    context = bytes(entry.context)
    return (
        entry.id,
        entry.trace_id,
        entry.batch_id,
        entry.app_key,
        entry.app_id,
        entry.user_agent,
        entry.level,
        entry.category,
        message,
        None if context == b"null" else context.decode(),
        entry.timestamp[:-1],
        entry.created_at[:-1],
        whole,
    )
