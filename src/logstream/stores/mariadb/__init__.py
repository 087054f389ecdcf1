"""The store with STORAGE_TYPE=mariadb: the database, the spool for its outages, registered clients, retention tables.

Only `storage` and `cli/migrate` import it, and only when it is asked for: SQLAlchemy takes time and memory to load.
"""
