"""logstream-server: accept, store, search and stream structured log entries."""

__version__ = "0.1.0"
