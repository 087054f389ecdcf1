"""Reproducible measurements of a running server: `make bench`."""
