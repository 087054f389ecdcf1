from events import KEY, PORT, logger, three
from splunk_handler import SplunkHandler

handler = SplunkHandler(
    "127.0.0.1", PORT, KEY, "main", protocol="http", sourcetype="shop.checkout", source="shop", hostname="web-1",
    flush_interval=1, retry_count=1, debug=False,
)  # fmt: skip
three(logger(handler))
handler.force_flush()
