"""What stands before a database: a spool on this machine, durable at once, and what has it written to the database.

It knows no database: what it asks of one is `tended.Tended`.
"""
