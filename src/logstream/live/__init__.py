"""Live delivery: every durable batch on the screens of all viewers whose filter it passes, at no sender's cost.

The way of an entry: `hub` (a batch is published) → `group` (viewers with the same filter), for filters by way of
`portions`, within the time that `budget` allows → `chunks` (encoded once for each `format`) → `viewer` (what it gets
and what it skips; `held` while it resumes) → `connection` (bounded writing, pings by `liveness`, the end) →
`transport`.

The doors: `websocket` (both ports) with `websocket_handshake` (who is let in), `websocket_listener` (what a client
says), `subscription`, `rate_limit`, `close_codes` and `websocket_format`; `sse` with `sse_format`. `resume` sends what
a viewer missed before it goes live.

Two words for slices: a portion is entries that have no format yet, a chunk is bytes that are ready to be written.

Only `server` and `web` import this package. It imports `entries`, `query` and `store` (the seam), never a concrete
store and never `web`. Everything runs on the event loop's thread and nothing waits for a viewer.
"""
