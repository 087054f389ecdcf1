"""A clock that is wrong by the seconds in the file that CLOCK_SHIFT names, where this folder is on PYTHONPATH."""

import os
import time

_file = os.environ.get("CLOCK_SHIFT")
_time, _time_ns = time.time, time.time_ns


def _shift() -> int:
    try:
        with open(_file or "") as file:
            return int(file.read() or 0)
    except OSError:
        return 0


if _file:
    time.time = lambda: _time() + _shift()
    time.time_ns = lambda: _time_ns() + _shift() * 1_000_000_000
