"""A process that indexes a journal, makes Bloom filters of it, and again, until it is killed: `python -m … FOLDER`."""

import sys
from pathlib import Path

from logstream.stores.index.index import Index
from logstream.stores.journal.journal import Journal


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(root: Path) -> None:
    journal = Journal(root)
    journal.open()
    index = Index(journal, 300_000_000)
    index.open()
    tell("open")
    index.step()
    while True:
        while not index.is_tidy:
            index.tidy(lambda: False)
            tell(len(index.blooms.filters))
        index.progress.forget("2026/01/01.jsonl")
        index.step()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
