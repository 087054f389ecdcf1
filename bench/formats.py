"""How fast lines of other people's logs are read: lines put together, read and written as entries, by one process.

What `logstream send` does to a line before it is sent, without files and network.
"""

import time
from datetime import UTC, datetime
from typing import Final

from bench.report import Report
from logstream.formats.clock import Clock
from logstream.formats.stream import Stream

LINES: Final = {
    "syslog": b"Mar  1 01:02:%02d web-1 sshd[77]: Failed password for invalid user x from 192.0.2.1 port 38926 ssh2\n",
    "nginx": b'192.0.2.3 - - [16/May/2018:08:34:%02d +0000] "GET /en HTTP/2.0" 200 8319 "-" "Mozilla/5.0 (X11)"\n',
    "Java": b"2024-03-01 01:02:%02d,456 [main] ERROR a.B - boom happened in the thing\n",
    "logfmt": b'time="2024-03-01T01:02:%02dZ" level=warning msg="low disk" free=3 path=/var/lib\n',
    "pino": b'{"level":50,"time":16512618893%02d,"pid":69,"hostname":"web-1","req":"x","user":42,"msg":"failed"}\n',
    "Docker": b'{"log":"2024-05-14 09:13:%02d ERROR declined\\n","stream":"stderr","time":"2024-05-14T09:13:02Z"}\n',
    "own entries": b'{"message":"done","level":"error","timestamp":"2024-03-01T01:02:%02d.4Z","context":{"a":1}}\n',
}
CHUNK: Final = 1000


def formats(report: Report) -> None:
    total = int(200_000 * report.scale)
    for name, line in LINES.items():
        lines = [line % (number // 20 % 60) for number in range(CHUNK)]
        stream = Stream(Clock(datetime.now(UTC)))
        began = time.process_time()
        for _ in range(total // CHUNK):
            stream.feed(lines, datetime.now(UTC))
        stream.flush()
        report.add("formats", f"lines read: {name}", total / (time.process_time() - began), "/s")
