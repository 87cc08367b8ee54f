"""A TCP proxy on loopback whose line can be made bad: refused, silent, reset, slow, cut."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends a reset
LOOPBACK = "127.0.0.1"


class TcpProxy:
    """Forwards its `port` to a local port; each method changes how well, for open lines and for new ones."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self._flows = threading.Event()
        self._delay = 0.0
        self._lines: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self.restore()

    def restore(self) -> None:
        """Forward again, on the same port."""
        self._delay = 0.0
        self._close_listener()
        self._listen(backlog=64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        self._flows.set()

    def refuse(self) -> None:
        """Close open lines; nobody listens any more."""
        self._close_listener()
        self.cut()

    def be_silent(self) -> None:
        """Lines open and stay open, and nothing comes through: a black hole behind an answering host."""
        self._flows.clear()

    def be_deaf(self) -> None:
        """Attempts to connect get no answer at all, and open lines fall silent: a black hole."""
        self.be_silent()
        self._close_listener()
        self._listen(backlog=0)
        # With the queue of the listener full the kernel drops what else knocks.
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((LOOPBACK, self.port))
            self._fillers.append(filler)
        time.sleep(0.05)

    def slow_down(self, seconds: float) -> None:
        """Every packet takes this long."""
        self._delay = seconds

    def cut(self) -> None:
        """Reset every open line; new ones are as they were."""
        for line in list(self._lines):
            self._reset(line)

    def close(self) -> None:
        self.refuse()
        self._flows.set()

    def _listen(self, *, backlog: int) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self.port))
        listener.listen(backlog)
        self.port = listener.getsockname()[1]
        self._listener = listener

    def _close_listener(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection((LOOPBACK, self.target_port))
            except OSError:
                self._reset(near)
                continue
            self._lines |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._flows.wait()
                if self._delay:
                    time.sleep(self._delay)
                sink.sendall(data)
        except OSError:
            self._reset(sink)
        finally:
            self._lines.discard(source)
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def _reset(self, line: socket.socket) -> None:
        self._lines.discard(line)
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            line.shutdown(socket.SHUT_RDWR)
        line.close()


@contextlib.contextmanager
def proxy_to(port: int) -> Iterator[TcpProxy]:
    """A proxy that forwards to a local port for as long as the block takes."""
    proxy = TcpProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
