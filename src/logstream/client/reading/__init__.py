"""Entries on their way to a terminal or pipe: `search_pages` asks for stored ones, `tail` adds those of the `stream`.

`entry_lines` lays them out, and `terminal_text` keeps what they say from controlling the terminal; `sse_parser` takes
the stream apart. Imported by `cli`; imports `client.http` and `entries`, never `client.sending`.
"""
