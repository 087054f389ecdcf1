import logging
import os
import sys

import seqlog
from events import APP, KEY, URL, say

seqlog.set_global_log_properties(Application=APP)
seqlog.log_to_seq(
    URL + "/", api_key=KEY, level=logging.DEBUG, batch_size=3, auto_flush_timeout=0.2, override_root_logger=True,
    support_extra_properties=True, use_clef=bool(os.environ.get("CLEF")),
)  # fmt: skip
say(logging.getLogger("shop.checkout"))
sys.stdin.read()  # it ends without sending what is left: a server would go on
logging.shutdown()
