"""logstream-handler, the Python client: handlers and whole applications against real servers."""
