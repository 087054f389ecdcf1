"""What bounds the sockets: networks, connections, and the kernel's count of drops."""

import os
import socket
import time
from ipaddress import ip_network

from logstream.sockets.connections import IDLE_SECONDS, Connections
from logstream.sockets.datagrams import dropped_by_kernel
from logstream.sockets.networks import Networks


def test_networks_are_those_listed_or_all() -> None:
    assert Networks(()).allow("203.0.113.9")
    networks = Networks((ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("192.0.2.7")))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "fd00::1%eth0", "192.0.2.7"):
        assert networks.allow(address), address
    for address in ("11.0.0.1", "2001:db8::1", "192.0.2.8", "", "x"):
        assert not networks.allow(address), address


class Sender:
    def __init__(self, heard_at: float, *, idle: bool) -> None:
        self.peer = "a"
        self.heard_at = heard_at
        self.idle = idle
        self.ended = ""

    def end(self, reason: str) -> None:
        self.ended = reason


def test_connections_are_bounded_for_each_peer_and_in_all_and_silent_ones_make_room() -> None:
    connections = Connections(3, 2)
    assert [connections.come("a") for _ in range(3)] == [True, True, False]
    assert [connections.come(peer) for peer in ("b", "c")] == [True, False]
    now = time.monotonic()
    senders = [Sender(now - 3 * IDLE_SECONDS, idle=False), Sender(now, idle=True)]
    for sender in senders:
        connections.add(sender)
    assert not connections.come("c")
    silent = Sender(now - 2 * IDLE_SECONDS, idle=True)
    connections.add(silent)
    assert connections.come("c")
    assert (bool(silent.ended), senders[0].ended, senders[1].ended) == (True, "", "")
    connections.remove(silent)
    for peer in ("a", "a", "b", "c"):
        connections.go(peer)
    assert connections.come("a")


def test_the_kernel_tells_what_it_dropped() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound, socket.socket(type=socket.SOCK_DGRAM) as sender:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        bound.bind(("127.0.0.1", 0))
        inode = os.fstat(bound.fileno()).st_ino
        assert dropped_by_kernel(inode) == 0
        for _ in range(100):
            sender.sendto(b"x" * 1000, bound.getsockname())
        read = 0
        bound.setblocking(False)
        while True:
            try:
                bound.recv(2000)
            except BlockingIOError:
                break
            read += 1
        assert dropped_by_kernel(inode) == 100 - read > 0
    assert dropped_by_kernel(0) == 0
