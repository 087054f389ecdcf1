from events import APP, KEY, PORT, logger, say
from splunk_handler import SplunkHandler

handler = SplunkHandler(
    "127.0.0.1", PORT, KEY, "main", protocol="http", sourcetype="shop.checkout", source=APP, hostname="web-1",
    flush_interval=1, retry_count=6, debug=False,
)  # fmt: skip
say(logger(handler))
handler.force_flush()
