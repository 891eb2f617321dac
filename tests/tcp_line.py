"""A TCP line between two servers that a test can cut, freeze, slow down and mend."""

import contextlib
import selectors
import socket
import threading
import time
from typing import Self
from urllib.parse import urlsplit, urlunsplit

PIECE = 65_536


class Line:
    """Forwards every connection to a target. While cut it refuses, while frozen it is silent."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._is_cut = self._is_over = False
        self._delay_seconds = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._is_cut = True
        with self._lock:
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Go on accepting, but carry nothing: a black hole."""
        self._flows.clear()

    def slow_down(self, seconds: float) -> None:
        """Carry each piece only after so long."""
        self._delay_seconds = seconds

    def mend(self) -> None:
        """Carry everything again, at once."""
        self._is_cut = False
        self._delay_seconds = 0.0
        self._flows.set()

    def close(self) -> None:
        self._is_over = True
        self.cut()
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._is_over:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            self._flows.wait()
            far = socket.create_connection(self._target)
        except OSError:
            near.close()
            return
        pair = (near, far)
        with self._lock:
            self._pairs.add(pair)
        try:
            self._carry(near, far)
        except OSError:
            pass
        finally:
            with self._lock:
                self._pairs.discard(pair)
            near.close()
            far.close()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while not self._is_cut:
                for key, _ in ready.select(timeout=1):
                    self._flows.wait()
                    end: socket.socket = key.fileobj  # type: ignore[assignment]
                    piece = end.recv(PIECE)
                    if not piece:
                        return
                    time.sleep(self._delay_seconds)
                    key.data.sendall(piece)


def line_to(url: str) -> tuple[Line, str]:
    """Return a line to a server and the address that leads through it."""
    parts = urlsplit(url)
    line = Line(parts.hostname or "127.0.0.1", parts.port or 0)
    login, _, _ = parts.netloc.rpartition("@")
    return line, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{line.port}"))
