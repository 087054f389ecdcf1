"""Retention: policies, where they are kept, their runs and the schedule.

It prunes through the seam, `store.Prunable`, and knows no concrete store. `storage` puts it together, `web` serves it,
and databases keep policies and runs with the entries.
"""
