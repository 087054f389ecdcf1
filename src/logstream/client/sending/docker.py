"""Docker's folders of containers: which container a json-file log is of, as the configuration beside it says.

`/var/lib/docker/containers/ID/ID-json.log`, with `config.v2.json` beside it (moby: container/container.go).
"""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw

from logstream.formats.fields import Members, encode

LOG_NAME: Final = "*-json.log"
CONFIGURATION: Final = "config.v2.json"


class _Config(msgspec.Struct):
    image: str = msgspec.field(default="", name="Image")
    labels: dict[str, str] | None = msgspec.field(default=None, name="Labels")


class _Container(msgspec.Struct):
    id: str = msgspec.field(default="", name="ID")
    name: str = msgspec.field(default="", name="Name")
    config: _Config | None = msgspec.field(default=None, name="Config")


def container_of(log: Path) -> tuple[str, Members] | None:
    """The name of the container of a log, and what to say of it; None for a file that is no container's log."""
    if not log.match(LOG_NAME):
        return None
    try:
        container = msgspec.json.decode((log.parent / CONFIGURATION).read_bytes(), type=_Container)
    except (OSError, msgspec.DecodeError):
        return None
    name = container.name.removeprefix("/")
    if not name:
        return None
    config = container.config or _Config()
    about: dict[str, object] = {"name": name, "id": container.id[:12], "image": config.image, "labels": config.labels}
    return name, [("container", Raw(encode({key: value for key, value in about.items() if value})))]
