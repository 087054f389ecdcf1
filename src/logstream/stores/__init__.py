"""The stores: where entries are kept, behind the seam of logstream.store.

Two stores, `file` and `mariadb`; what they are made of, `journal` (which both use, mariadb for its spool) and `index`;
and what they share. The server knows a store only through the seam: logstream.storage, which chooses one, imports it,
and so do commands that work on what it keeps, such as `logstream reindex`.
No store imports web or live, and receivers only where the journal reads lines of other programs.
"""
