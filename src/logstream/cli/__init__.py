"""The `logstream` command: `app` lists the commands, each of which is a module of its name.

`server_options`, `filters`, `settings` are options that several share; `output` is standard output, `stderr` the rest
and how a command ends, `progress` its bar; `administration` is asking a server to change something. May import
everything, inside the function that needs it where that is slow to load. Imported by `__main__` alone.
"""

from logstream.cli.app import main

__all__ = ["main"]
