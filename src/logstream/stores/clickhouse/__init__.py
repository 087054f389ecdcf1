"""The store with STORAGE_TYPE=clickhouse: entries go through a spool, from which ClickHouse is filled in blocks.

Only `storage` and `cli/migrate` import it, and only when it is asked for.
"""
