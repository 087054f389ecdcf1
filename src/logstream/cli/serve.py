"""`logstream serve`."""

from logstream.cli.settings import settings_or_exit
from logstream.cli.stderr import fail
from logstream.process_log import set_up_logging


def serve() -> None:
    """Run the server until SIGTERM or Ctrl-C.

    Settings come from the environment and from .env in the working directory; docs/configuration.md and
    .env.example list them all. Without any, the server is reachable from this machine only, on port 8081, and stores
    entries in ./storage/logs.

    Example: API_SECRET=write-key UI_SECRET=read-key LOG_PATH=/var/lib/logstream logstream serve
    """
    settings = settings_or_exit()  # before all that serving needs is loaded
    set_up_logging()

    from logstream.server import StartError
    from logstream.server import serve as run
    from logstream.settings import SettingsError

    try:
        run(settings)
    except SettingsError as error:
        raise fail(str(error), 2) from None
    except StartError as error:
        raise fail(str(error), 1) from None
