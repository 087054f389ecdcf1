"""Registered clients of a store with a database: known in memory, kept as hashes; which tables, a store says."""
