import os

import graypy
from events import APP, PHASES, PORT, logger, say
from pygelf import GelfHttpHandler

compress = not os.environ.get("PLAIN")
if os.environ.get("GRAYPY"):
    facility = APP if PHASES else None  # without one, it is the logger's name
    options = {"compress": compress, "path": "/gelf", "localname": "web-1", "facility": facility}
    say(logger(graypy.GELFHTTPHandler("127.0.0.1", PORT, **options)))
else:
    handler = GelfHttpHandler("127.0.0.1", PORT, compress=compress, include_extra_fields=True, _app=APP)
    handler.domain = "web-1"
    say(logger(handler))
