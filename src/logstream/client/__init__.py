"""Programs that talk to a logstream server over HTTP: `sending` brings entries, `reading` shows them.

`http` is what both share: the client with its keys, the errors, when to try again. Only `cli` imports this package;
it imports `entries` and nothing else of the server, so that it could become a library of its own.
"""
