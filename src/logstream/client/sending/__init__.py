"""Log lines on their way to a server: `line_source` reads lines, `line_entry` makes entries, `delivery` sends them.

`text_forms`, with `line_time` and `line_level`, is what a line of text says about its time and level: it knows nothing
of sending. Imported by `cli.send`; imports `client.http` and `entries`, never `client.reading`.
"""
