"""The journal: JSONL files, the truth about what was accepted, and all that keeps them whole.

`journal` is the way in: it opens a folder, appends, and knows its days. Under it lie `naming` (what files are called),
`day` (a day on disk), `segment` (its compressed file), `frames` (what unpacks of a damaged one), `append_file` (its
plain file, open for appending), `blocks` (reading plain files), `flushed_file` and `durable_names` (what must outlive a
power cut), `writes` (what waits for the writer thread), `folder_lock`, `modes` (who may read files), `idempotency`
(which keys were answered, and where the last group lies), `extent` (lines in their place), `id_lease` (which ids were
given out) and `recovery` (what a crash left). Above it: `rewrite` (new files for a day) and `offline` (the journal
while the server is stopped). `line_reader` reads lines of other programs.

Imported by stores.index, stores.file, stores.mariadb (for its spool) and the commands that run while the server is
stopped. Imports entries, the seam (logstream.store) and, in line_reader alone, receivers; no index and no database.
"""
