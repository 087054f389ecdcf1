"""The `logstream` command."""

from logstream.cli.app import main

__all__ = ["main"]
