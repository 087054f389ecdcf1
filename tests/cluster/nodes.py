"""The nodes of a cluster, by name."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.harness import Server, eventually


class Node(Server):
    """A server whose clients are registered on any of its cluster."""

    def __init__(self, folder: Path, shared: dict[str, str], registering: threading.Lock, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.registered, self._registering = shared, registering

    @property
    def cluster(self) -> dict[str, Any]:
        """What it tells of its cluster."""
        return dict(self.get("/api/health").json()["cluster"])


class Nodes:
    """Nodes with the settings of one cluster, all ended at the end."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder = folder
        self.settings = settings
        self._registered: dict[str, str] = {}
        self._registering = threading.Lock()
        self._nodes: dict[str, Node] = {}

    def make(self, name: str, **settings: str) -> Node:
        """A node that does not run yet."""
        own = {**self.settings, **settings}
        self._nodes[name] = Node(self._folder / name, self._registered, self._registering, **own)
        return self._nodes[name]

    def start(self, *names: str) -> None:
        for name in names:
            (self._nodes.get(name) or self.make(name)).start()
        if len(names) > 1:
            for name in names:
                node = self._nodes[name]
                eventually(lambda node=node: len(node.cluster["nodes"]) >= len(names), f"{name} to see all nodes")

    def register(self, app_key: str) -> None:
        """Register a client, and wait until every node knows it."""
        for node in self.running:
            headers = node.as_client(app_key)

            def is_known(node: Node = node, headers: dict[str, str] = headers) -> bool:
                return node.request("POST", "/api/logs", json=[], headers=headers).status_code != 401

            eventually(is_known, f"{app_key} to be known")

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    @property
    def running(self) -> list[Node]:
        return [node for node in self._nodes.values() if node.process is not None]

    @property
    def indexer(self) -> Node:
        """The node that fills the database."""

        def found() -> Node | None:
            leaders = [node for node in self.running for beat in node.cluster["nodes"] if beat["indexes"]]
            names = {beat["node"] for node in self.running for beat in node.cluster["nodes"] if beat["indexes"]}
            if not leaders or len(names) != 1:
                return None
            port = int(names.pop().rpartition(":")[2])
            return next((node for node in self.running if node.http_port == port), None)

        node = eventually(found, "one node to fill the database")
        assert isinstance(node, Node)
        return node

    def __enter__(self) -> "Nodes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.running:
            if node.process is not None and node.process.poll() is None:
                node.stop()
