import os

import graypy
from events import PORT, logger, three
from pygelf import GelfHttpHandler

compress = not os.environ.get("PLAIN")
if os.environ.get("GRAYPY"):
    three(logger(graypy.GELFHTTPHandler("127.0.0.1", PORT, compress=compress, path="/gelf", localname="web-1")))
else:
    handler = GelfHttpHandler("127.0.0.1", PORT, compress=compress, include_extra_fields=True, _app="shop")
    handler.domain = "web-1"
    three(logger(handler))
