"""`logstream serve` that waits a second where it would wait ten and more: for memory, for bodies, for readers."""

from logstream.process_log import set_up_logging
from logstream.server import serve
from logstream.settings import load_settings
from logstream.web import export, protocol

if __name__ == "__main__":
    set_up_logging()
    vars(protocol).update(READ_SECONDS=1, PACE_SECONDS=1)
    vars(export).update(WAIT_SECONDS=1)
    serve(load_settings())
