"""Three ports in a row on loopback: N the gateway, N+1 the agent app, N+2 the shop page."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass

from desk_cli.errors import Trouble

HOST = "127.0.0.1"
DEFAULT = 54400
LAST = 65535
OFFERED = range(54400, 56400, 10)


@dataclass(frozen=True, slots=True)
class Ports:
    gateway: int
    app: int
    demo: int

    @classmethod
    def from_first(cls, first: int) -> Ports:
        return cls(first, first + 1, first + 2)

    @property
    def gateway_url(self) -> str:
        return f"http://{HOST}:{self.gateway}"

    @property
    def app_url(self) -> str:
        return f"http://{HOST}:{self.app}/"

    @property
    def demo_url(self) -> str:
        return f"http://{HOST}:{self.demo}/"


def free_ports(first: int) -> Ports:
    """The three ports from `first`, or any when it is 0. Raises Trouble when one is taken."""
    if first == 0:
        return Ports.from_first(free_triple())
    ports = Ports.from_first(first)
    for number, use in (
        (ports.gateway, "database API"),
        (ports.app, "agent app"),
        (ports.demo, "shop page"),
    ):
        if not is_free(number):
            raise Trouble(
                f"Port {number}, meant for the {use}, is taken by another program. "
                f"Stop that program, or choose other ports: --port {free_triple()}."
            )
    return ports


def free_triple() -> int:
    """In random order, so that two who look at the same time hardly meet."""
    for first in random.sample(OFFERED, len(OFFERED)):
        if all(is_free(first + step) for step in range(3)):
            return first
    raise Trouble("No three free ports in a row between 54400 and 56400. Choose some with --port.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
