from datetime import UTC, datetime

from elasticsearch import Elasticsearch, helpers
from events import KEY, URL

client = Elasticsearch(URL, api_key=("shop", KEY), http_compress=True, max_retries=1)
assert client.info()["version"]["number"]
now = datetime.now(UTC).isoformat()
common = {"_op_type": "create", "_index": "logs-shop"}
about = {"@timestamp": now, "service": {"name": "shop"}, "host": {"name": "web-1"}, "log.logger": "shop.checkout"}
trace = "Traceback (most recent call last):\n  File\nZeroDivisionError: division by zero"
error = {"type": "ZeroDivisionError", "message": "division by zero", "stack_trace": trace}
done, _ = helpers.bulk(
    client,
    [
        {**common, **about, "message": "order 42 placed", "log.level": "info", "user_id": 7},
        {**common, **about, "message": 'grüße 你好 😀 "quoted"\nline two', "log.level": "warn", "region": "eu"},
        {**common, **about, "message": "payment failed", "log.level": "error", "error": error},
    ],
)
assert done == 3
