"""Loopback ports, agreed between launchers that run side by side."""

import os
import socket

from .console import StopWithMessage

LOOPBACK = "127.0.0.1"
_TRIES = 100


class Reservation:
    """A port that other launchers leave alone until this one ends.

    The server binds the TCP port itself, seconds later. Meanwhile the UDP port of the same number
    is held as a sign; the kernel frees it with the launcher, however that ends.
    """

    def __init__(self, port: int) -> None:
        """Take the port, or raise OSError when somebody has it."""
        self.port = port
        if _answers(port):
            raise OSError(f"port {port} is in use")
        self._sign = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._sign.bind((LOOPBACK, port))
            _try_listening(port)
        except OSError:
            self._sign.close()
            raise

    def close(self) -> None:
        """Give the port back."""
        self._sign.close()


def reserve(variable: str, default: int) -> Reservation:
    """Reserve the port named in the environment, or the default, or the next free one after it.

    A port that was asked for by name is never exchanged for another.
    """
    asked = os.environ.get(variable)
    if asked:
        return _reserve_asked(variable, asked)
    for port in range(default, default + _TRIES):
        try:
            return Reservation(port)
        except OSError:
            continue
    raise StopWithMessage(
        f"No port from {default} to {default + _TRIES - 1} is free; set {variable}."
    )


def free_port() -> int:
    """Return a port that is free now; a server that loses the race for it is started again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _reserve_asked(variable: str, asked: str) -> Reservation:
    if not (asked.isascii() and asked.isdecimal()) or not 0 < int(asked) < 65536:
        raise StopWithMessage(f"{variable}={asked} is not a port number (1 to 65535).")
    try:
        return Reservation(int(asked))
    except PermissionError as error:
        raise StopWithMessage(
            f"Port {asked} ({variable}) needs privileges; choose another."
        ) from error
    except OSError as error:
        raise StopWithMessage(f"Port {asked} ({variable}) is in use; choose another.") from error


def _try_listening(port: int) -> None:
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that linger must not block its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        probe.listen(1)


def _answers(port: int) -> bool:
    """Say whether somebody accepts connections, which a bind does not notice on every system."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
