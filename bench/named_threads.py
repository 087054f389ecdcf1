"""`python -m bench.named_threads FILE ARGUMENTS…` is `logstream ARGUMENTS…` with a line in FILE for each thread.

It says the number that the kernel knows a thread by, and its name, which Python before 3.14 keeps to itself.
"""

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any


def main() -> None:
    file = Path(sys.argv[1])
    sys.argv = ["logstream", *sys.argv[2:]]
    file.touch()

    def tell(frame: FrameType, event: str, argument: Any) -> None:
        """The first thing that a new thread does; it isn't profiled any further."""
        sys.setprofile(None)
        with file.open("a") as lines:
            lines.write(f"{threading.get_native_id()} {threading.current_thread().name}\n")

    threading.setprofile(tell)
    from logstream.cli import main as logstream

    logstream()


if __name__ == "__main__":
    main()
