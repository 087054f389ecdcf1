from events import KEY, URL, logger, three
from logtail import LogtailHandler

handler = LogtailHandler(KEY, host=URL, flush_interval=0.2)
three(logger(handler))
handler.flush()
