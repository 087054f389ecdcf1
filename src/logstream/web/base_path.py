"""BASE_PATH: behind a proxy that has this server below a path. Whether the proxy takes the prefix off doesn't matter.

What the browser is told in HTML and YAML begins with the prefix; its scripts go by the address that they came from.
"""


def own_path(base_path: str, path: str) -> str:
    """A request's path without the prefix, if it has it."""
    if path == base_path:
        return "/"
    return path.removeprefix(base_path) if base_path and path.startswith(base_path + "/") else path


def with_prefix(base_path: str, content: bytes) -> bytes:
    """A page, or the description of the API, whose addresses of this server begin with the prefix."""
    prefix = base_path.encode()
    return content.replace(b'="/', b'="%b/' % prefix).replace(b"- url: /\n", b"- url: %b/\n" % prefix)
