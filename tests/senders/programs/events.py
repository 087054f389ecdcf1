"""What a program logs: three events, or, with PHASES, three for each line that the test writes.

URL and KEY are given by the test, and APP where it tells several senders apart.
"""

import logging
import os
import sys
from urllib.parse import urlsplit

URL, KEY = os.environ["URL"], os.environ["KEY"]
PORT = urlsplit(URL).port or 80
APP = os.environ.get("APP", "shop")
PHASES = "PHASES" in os.environ


def say(log: logging.Logger) -> None:
    if not PHASES:
        return three(log)
    for phase in phases():
        for number in range(3):
            log.info("%s %d", phase, number)
    return None


def phases():
    """What the test writes, line by line, until it ends."""
    for line in sys.stdin:
        yield line.strip()


def three(log: logging.Logger) -> None:
    log.info("order %s placed", 42, extra={"user_id": 7, "cart": {"items": [1, 2.5, "x"], "vip": True}})
    log.warning('grüße 你好 😀 "quoted"\nline two', extra={"region": "eu"})
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        log.exception("payment failed")


def logger(*handlers: logging.Handler) -> logging.Logger:
    log = logging.getLogger("shop.checkout")
    log.setLevel(10)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
    return log
