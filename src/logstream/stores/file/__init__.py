"""The file store: entries in a journal, which is the truth, found through an index, which is a cache of it.

`store` is the store that the server knows. `maintenance` does, one at a time, what is done with days that are there
already: `compression` and `pruning`.

Imported by logstream.storage, which chooses a store, and by `logstream decompress`. Imports the seam (logstream.store),
entries, query, metrics, stores.journal and stores.index, which know nothing of it.
"""
