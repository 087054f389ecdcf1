"""Questions about entries and their answers: conditions, the search language, filters, predicates, pages.

Every package may import it; it imports `entries` alone.
"""
