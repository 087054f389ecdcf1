"""Why the server ends a viewer's connection: close codes of WebSocket. An event stream just ends."""

from typing import Final

GOING_AWAY: Final = 1001
"""The server stops (RFC 6455 section 7.4.1)."""

POLICY: Final = 1008
"""The client does what it may not (RFC 6455 section 7.4.1)."""

TOO_BIG: Final = 1009
"""A message is longer than we read (RFC 6455 section 7.4.1)."""

TRY_AGAIN_LATER: Final = 1013
"""A condition that passes (IANA registry for WebSocket close codes)."""

UNAUTHORIZED: Final = 4401
"""Ours, named after HTTP's 401."""
