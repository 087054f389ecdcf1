"""What is damaged of the journal is told to whoever asks for the server's health."""

import asyncio
from pathlib import Path

from logstream.query.conditions import Equals, LogQuery
from logstream.stores.file.store import MOST_NAMED, FileStore
from tests.stores.folder import batch, entry, opened

DAY = "2026/01/01.jsonl"


def faults(root: Path, *prune: Equals) -> list[str]:
    """Those of a store that is opened once more, after a pruning if one is asked for."""

    async def main() -> list[str]:
        async with opened(root) as store:
            await store.search(LogQuery())
            if prune:
                await store.prune(prune, dry_run=False)
            return store.faults

    return asyncio.run(main())


def fill(root: Path) -> None:
    async def work(store: FileStore) -> None:
        await store.append(batch(*(entry(f"{n}", level="error" if n == 3 else "info") for n in range(5))))

    async def main() -> None:
        async with opened(root) as store:
            await work(store)

    asyncio.run(main())


def test_damaged_lines_are_named_through_restarts_until_they_are_gone(tmp_path: Path) -> None:
    fill(tmp_path)
    assert faults(tmp_path) == []
    whole = (tmp_path / DAY).read_bytes()
    (tmp_path / DAY).write_bytes(whole + b"damaged\n" * 2)
    named = [f"{DAY}, line {line}: damaged and left out of searches" for line in (6, 7)]
    assert faults(tmp_path) == named
    assert faults(tmp_path) == named
    assert faults(tmp_path, Equals("level", "error")) == [f"{DAY}: damaged and left out of searches"] * 2
    (tmp_path / DAY).write_bytes(whole[: whole.rfind(b"{")])
    assert faults(tmp_path) == []


def test_of_many_damaged_lines_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    (tmp_path / DAY).parent.mkdir(parents=True)
    (tmp_path / DAY).write_bytes(b"damaged\n" * 500)
    told = faults(tmp_path)
    assert len(told) == MOST_NAMED + 1
    assert told[-1].startswith(f"{500 - MOST_NAMED} more lines are damaged")
