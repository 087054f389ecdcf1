"""Searching a database that can't decide everything: what it lets through is read, and decided here.

It knows no database: what it asks of one is `rows.Rows`.
"""
