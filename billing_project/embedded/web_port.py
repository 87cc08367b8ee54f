"""Which port the web server gets. It is held from here on: two starts at once never choose the same one."""

from __future__ import annotations

import http.client
import socket

from billing_project.embedded.errors import StartError

FIRST, LAST, HIGHEST = 8000, 8099, 65_535
HOST = "127.0.0.1"


def listen(wanted: str | None) -> socket.socket:
    """A listening socket on the port named by PORT; where none is named, on the first free one from 8000.

    Raises StartError with what to do.
    """
    if wanted:
        if not wanted.isdigit() or not 1 <= int(wanted) <= HIGHEST:
            raise StartError(f"PORT is {wanted!r}; set it to a number from 1 to {HIGHEST}, or leave it out.")
        try:
            return _listen(int(wanted))
        except PermissionError as error:
            raise StartError(f"Port {wanted} is for the administrator alone; set PORT to 1024 or more.") from error
        except OSError as error:
            raise StartError(f"Port {wanted} is taken; set PORT to a free one, or leave it out.") from error
    for port in range(FIRST, LAST + 1):
        try:
            return _listen(port)
        except OSError:
            continue
    raise StartError(f"Every port from {FIRST} to {LAST} is taken; set PORT to a free one.")


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last one's connections may linger
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def answers(port: int) -> bool:
    """Whether a web server answers on that port of this machine, whatever it says."""
    asked = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        asked.request("GET", "/healthz")
        asked.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
    return True
