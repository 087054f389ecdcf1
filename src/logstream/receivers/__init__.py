"""Foreign bytes into entries, one module a wire format.

`web` imports it, and `stores/journal` for lines that others wrote; it imports `entries` and `formats` alone.
"""
