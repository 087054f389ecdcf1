import logging_loki
from events import APP, KEY, URL, logger, say

tags = {"application": APP, "instance": "web-1"}
say(logger(logging_loki.LokiHandler(URL + "/loki/api/v1/push", tags=tags, auth=("u", KEY), version="1")))
