"""Three events over a socket, or three for each line that the test writes. KIND and the ports are given by it."""

import logging
import os
import socket
from logging.handlers import SysLogHandler

from events import logger, say

KIND = os.environ["KIND"]
SYSLOG, GELF, FORWARD, TCP = (
    int(os.environ[name]) for name in ("SYSLOG_PORT", "GELF_PORT", "FORWARD_PORT", "TCP_PORT")
)


def handler() -> logging.Handler:
    if KIND.startswith("graypy"):
        import graypy

        if KIND == "graypy TCP":
            return graypy.GELFTCPHandler("127.0.0.1", GELF, localname="web-1")
        return graypy.GELFUDPHandler(
            "127.0.0.1", GELF, localname="web-1", compress=False, gelf_chunker=graypy.handler.GELFWarningChunker(100)
        )
    if KIND.startswith("pygelf"):
        from pygelf import GelfTcpHandler, GelfUdpHandler

        kind = GelfTcpHandler if KIND == "pygelf TCP" else GelfUdpHandler
        return kind("127.0.0.1", GELF, include_extra_fields=True, debug=True, _app="shop")
    if KIND == "fluent-logger":
        from fluent import handler as fluent

        made = fluent.FluentHandler("shop.checkout", host="127.0.0.1", port=FORWARD, nanosecond_precision=True)
        form = {"host": "%(hostname)s", "level": "%(levelname)s", "message": "%(message)s", "logger": "%(name)s"}
        made.setFormatter(fluent.FluentRecordFormatter(form))
        return made
    if KIND == "python-logstash":
        import logstash

        return logstash.TCPLogstashHandler("127.0.0.1", TCP, version=1)
    stream = socket.SOCK_STREAM if KIND == "SysLogHandler TCP" else socket.SOCK_DGRAM
    made = SysLogHandler(("127.0.0.1", SYSLOG), socktype=stream)
    made.setFormatter(logging.Formatter("shop.checkout: %(message)s"))
    return made


say(logger(handler()))
logging.shutdown()
