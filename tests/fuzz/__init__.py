"""Broken bytes at everything that reads bytes of others: `make fuzz` tries many, `make test` a few."""
