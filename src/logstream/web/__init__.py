"""The HTTP API, one `…Routes` a resource. Only `server` imports it; it knows no concrete store, only the seam."""
