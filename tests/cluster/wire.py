"""What lies between a node and a server, which can be cut: nothing passes, and nobody is told."""

import contextlib
import socket
import threading
from types import TracebackType

from tests.harness import free_ports


class Wire:
    """Passes connections on to a port of this machine, until it is cut."""

    def __init__(self, target: int) -> None:
        (self.port,) = free_ports(1)
        self._target = target
        self._mended = threading.Event()
        self._mended.set()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From here on bytes wait, as they do where packets are lost; connections that are new wait too."""
        self._mended.clear()

    def mend(self) -> None:
        """New connections pass; those from before are ended, as the systems at both ends do in the end."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._mended.set()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        self._mended.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self._lock:
            self._sockets |= {near, far}
        there = threading.Thread(target=self._copy, args=(near, far), daemon=True)
        there.start()
        self._copy(far, near)
        there.join()
        with self._lock:
            self._sockets -= {near, far}
        near.close()
        far.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._mended.wait()
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
