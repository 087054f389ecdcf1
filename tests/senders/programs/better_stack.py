from events import APP, KEY, PHASES, URL, logger, say
from logtail import LogtailHandler

host = f"{URL}/in/{APP}/web-1" if PHASES else URL
handler = LogtailHandler(KEY, host=host, flush_interval=0.2)
say(logger(handler))
handler.flush()
