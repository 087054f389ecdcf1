import logging_loki
from events import KEY, URL, logger, three

tags = {"application": "shop", "instance": "web-1"}
three(logger(logging_loki.LokiHandler(URL + "/loki/api/v1/push", tags=tags, auth=("u", KEY), version="1")))
