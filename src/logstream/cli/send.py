"""`logstream send` (being written)."""


def send() -> None:
    """Send log lines to a server (being written)."""
