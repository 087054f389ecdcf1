"""Log lines on their way to a server: read, made entries by `formats`, and sent by `delivery`.

`line_source` reads files and pipes to their end; `following` reads files that grow, are rotated, come and go, and
`journal` the systemd journal, both on behind what `positions` keeps. `content` is a file's bytes, unpacked, and
`line_splitter` cuts them into lines. Imported by `cli`; imports `client.http`, `entries` and `formats`, never
`client.reading`.
"""
