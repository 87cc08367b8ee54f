"""The EU's register of VAT ids as a server on this computer: says what it is told to, and remembers who asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Register:
    """`valid` are the ids it knows. `mood`: well, down (a state is away), slow, garbage, other, broken, endless."""

    valid: set[str] = field(default_factory=set)
    mood: str = "well"
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    patience: threading.Event = field(default_factory=threading.Event)

    def answer(self, question: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(question)
        vat_id = question["countryCode"] + question["vatNumber"]
        if self.mood == "slow":
            self.patience.wait(30)
        if self.mood == "garbage":
            return 200, b"<html>maintenance\xff"
        if self.mood == "endless":
            return 200, b" " * 200_000
        if self.mood == "broken":
            return 503, b'{"actionSucceed": false, "errorWrappers": "x"}'
        if self.mood == "down":
            return 200, json.dumps({"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}).encode()
        said = {
            "countryCode": question["countryCode"],
            "vatNumber": "1" if self.mood == "other" else question["vatNumber"],
            "valid": vat_id in self.valid,
            "requestIdentifier": f"WAPI{len(self.asked):06}" if "requesterNumber" in question else "",
            "name": "Alpenglas\x00GmbH" if vat_id in self.valid else "---",
            "address": "---",
        }
        return 200, json.dumps(said).encode()


@contextmanager
def running() -> Iterator[Register]:
    """A register that answers at `url` until the block ends."""
    register = Register()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = register.answer(question) if self.path == "/rest/check-vat-number" else (404, b"{}")
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked may have given up
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests read no log of it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    register.url = f"http://127.0.0.1:{server.server_port}/rest"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield register
    finally:
        register.patience.set()
        server.shutdown()
        server.server_close()
        thread.join()
