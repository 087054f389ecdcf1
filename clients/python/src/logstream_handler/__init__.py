"""A `logging.Handler` that delivers to a logstream server in batches, from a thread of its own.

Standard library alone. What it promises is in its README: never to block the caller, never to raise into the
application, never to log about itself into itself, and to say what it had to drop.
"""

from logstream_handler.handler import LogstreamHandler
from logstream_handler.structured import structlog_processor
from logstream_handler.worker import Stats

__all__ = ["LogstreamHandler", "Stats", "structlog_processor"]
__version__ = "0.1.0"
