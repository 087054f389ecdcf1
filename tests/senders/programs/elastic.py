from contextlib import suppress
from datetime import UTC, datetime

from elasticsearch import ApiError, Elasticsearch, TransportError, helpers
from events import APP, KEY, PHASES, URL, phases

client = Elasticsearch(URL, api_key=("shop", KEY), http_compress=True, max_retries=1)
about = {"service": {"name": APP}, "host": {"name": "web-1"}, "log.logger": "shop.checkout"}
common = {"_op_type": "create", "_index": "logs-shop", **about}
trace = "Traceback (most recent call last):\n  File\nZeroDivisionError: division by zero"
error = {"type": "ZeroDivisionError", "message": "division by zero", "stack_trace": trace}


def index(*documents: dict) -> int:
    now = datetime.now(UTC).isoformat()
    return helpers.bulk(client, [{**common, "@timestamp": now, **document} for document in documents])[0]


if PHASES:
    for phase in phases():
        with suppress(ApiError, TransportError):  # as a program must that goes on without its logs
            index(*({"message": f"{phase} {number}", "log.level": "info"} for number in range(3)))
else:
    assert client.info()["version"]["number"]
    done = index(
        {"message": "order 42 placed", "log.level": "info", "user_id": 7, "trace": {"id": "ab" * 16}},
        {"message": 'grüße 你好 😀 "quoted"\nline two', "log.level": "warn", "region": "eu"},
        {"message": "payment failed", "log.level": "error", "error": error},
    )
    assert done == 3
