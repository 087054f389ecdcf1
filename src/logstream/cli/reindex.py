"""`logstream reindex`."""

import time

import typer

from logstream.cli.progress import byte_progress
from logstream.cli.settings import LogPath, journal_folder, settings_or_exit
from logstream.cli.stderr import counted, fail
from logstream.process_log import set_up_logging


def reindex(log_path: LogPath = None) -> None:
    """Rebuild the search index from the journal while the server is stopped.

    Needed only after journal files were edited by hand: the server finds new files and rebuilds a damaged index by
    itself.

    Example: logstream reindex --log-path /var/lib/logstream
    """
    from logstream.stores.index.index import Index
    from logstream.stores.journal.folder_lock import LockedError
    from logstream.stores.journal.offline import open_offline

    settings = settings_or_exit()
    set_up_logging()
    try:
        journal = open_offline(journal_folder(log_path, settings), settings.group_access)
    except LockedError as error:
        raise fail(str(error), 1) from None
    began = time.monotonic()
    index = Index(journal, settings.index_memory)
    index.remove()
    index.open()
    with byte_progress("indexing") as progress:
        task = progress.add_task("indexing", total=index.backlog())
        index.step(lambda done: progress.advance(task, done))
    while not index.is_tidy:
        index.tidy()
    entries, files = index.entry_count(), len(journal.days())
    index.close()
    journal.close()
    seconds = time.monotonic() - began
    indexed = f"{counted(entries, 'entry', 'entries')} from {counted(files, 'file', 'files')}"
    typer.echo(f"{indexed} indexed in {seconds:.1f} s", err=True)
