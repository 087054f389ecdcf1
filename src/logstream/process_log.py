"""The server's own log: one line a start, a stop or a fault, as `key=value` pairs on standard error."""

import logging
import sys
from datetime import UTC, datetime

from logstream.entries.timestamps import format_timestamp


class KeyValueFormatter(logging.Formatter):
    """`time=… level=… from=… msg="…"`, with a traceback, where there is one, in `trace=`."""

    def format(self, record: logging.LogRecord) -> str:
        time = format_timestamp(datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None))
        line = f"time={time} level={record.levelname.lower()} from={record.name} msg={_quoted(record.getMessage())}"
        if record.exc_info:
            line += f" trace={_quoted(self.formatException(record.exc_info))}"
        return line


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _is_ours(record: logging.LogRecord) -> bool:
    """False for what picows says about viewers that did something wrong; exceptions of our own are kept."""
    return not record.name.startswith("picows") or bool(record.exc_info)


def set_up_logging() -> None:
    """Send the log of this process to standard error; libraries speak of errors only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    handler.addFilter(_is_ours)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)
    logging.getLogger("logstream").setLevel(logging.INFO)
