"""The HTTP side: a thread for each connection, forms in, JSON out, and pages for people who pay an invoice."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.stripe_simulator import pages
from tests.stripe_simulator.desk import Desk
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.forms import decode
from tests.stripe_simulator.idempotency import Answer

LARGEST_BODY = 1 << 20


class Server(ThreadingHTTPServer):
    """Listens on the loopback interface."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, desk: Desk, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.desk = desk

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed by tests while they are served."""


class Handler(BaseHTTPRequestHandler):
    """One connection; kept open between requests, as the SDK's clients do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)).decode()
        if url.path.startswith("/pay/"):
            status, page = pages.answer(self.server.desk, self.command, url.path, body)
            self._send(status, page.encode(), "text/html; charset=utf-8", {})
            return
        answer = self._answer(url.path, url.query if self.command != "POST" else body)
        if answer is None:
            self.close_connection = True
            with suppress(OSError):  # who asked may be gone
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        extra = {"Request-Id": answer.request_id} | ({"Idempotent-Replayed": "true"} if answer.replayed else {})
        self._send(answer.status, json.dumps(answer.body).encode(), "application/json", extra)

    def _answer(self, path: str, text: str) -> Answer | None:
        try:
            self._check_key()
            params = decode(text)
        except Refused as refused:
            return Answer(refused.status, {"error": refused.error})
        headers = self.headers
        return self.server.desk.handle(
            self.command, path, params, key=headers.get("Idempotency-Key"), version=headers.get("Stripe-Version")
        )

    def _check_key(self) -> None:
        scheme, _, key = (self.headers.get("Authorization") or "").partition(" ")
        if scheme != "Bearer" or not key.startswith(("sk_test_", "rk_test_")):
            raise Refused("Invalid API Key provided: only test keys are known here", status=401)

    def _send(self, status: int, body: bytes, kind: str, extra: dict[str, str]) -> None:
        headers = {"Content-Type": kind, "Content-Length": str(len(body))} | extra
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked may have given up
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Who reads tests reads no log of this."""
