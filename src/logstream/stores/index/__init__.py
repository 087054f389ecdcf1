"""The search index: a DuckDB file that caches a journal, disposable at any time.

`index` opens the file and reads what the journal has grown by: `load` brings lines into the table (through
`memory_file`), `progress` keeps how far each day has been read, together with it in one `transaction`. `indexer` is the
thread that does so, and holds the lock order between it and the journal's writer. `sql`, `scan` and `statistics` ask.

Slices have one word each. A chunk is what is loaded in one transaction: of one or more days, lines that lie side by
side (DayLines). A snapshot is what was indexed of a day at one moment. A range is what a scan reads at one time.

Imported by stores.file and the commands that work while the server is stopped. Imports entries, query, the seam
(logstream.store) and stores.journal, which does not know of it.
"""
