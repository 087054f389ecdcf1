"""Entries of two days, the same each time."""

import msgspec

from logstream.entries.entry import Batch, LogEntry


def batch(start: int = 0, count: int = 40) -> Batch:
    """Those of these numbers, which are their messages; they are of two days in turn."""
    entries = []
    for number in range(start, start + count):
        stamp = f"2026-01-{15 + number % 2}T10:00:00.{number:06d}Z"
        entries.append(
            LogEntry(
                f"01KF0000000000000000{number:06d}",
                f"trace-{number}",
                None,
                "shop",
                "x",
                None,
                "info",
                "general",
                str(number),
                msgspec.Raw(b"null"),
                stamp,
                stamp,
            )
        )
    return Batch(entries)
