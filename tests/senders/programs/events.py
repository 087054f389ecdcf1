"""Three events as a program logs them. URL and KEY are given by the test."""

import logging
import os
from urllib.parse import urlsplit

URL, KEY = os.environ["URL"], os.environ["KEY"]
PORT = urlsplit(URL).port or 80


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
