"""Logs say which request, person, task and row, and never a secret; reported faults not even what somebody wrote."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.test import Client as Browser
from django.test import RequestFactory

from billing_project.logs import configure, logging_settings
from billing_project.redaction import GONE, clean, redact
from billing_project.request_log import bind_task
from tests.errors_app import WORDS
from tests.signing_in import signed_in

ROOT = Path(__file__).resolve().parents[1]
SIGNATURE = "t=1700000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
SECRETS = (
    "whsec_AbCdEf123456", "sk_live_51Habcdefgh", "rk_test_51Habcdefgh", SIGNATURE, "hunter2hunter2",
    "eyJhbGciOiJIUzI1NiJ9.e30.abc",
)  # fmt: skip
LINES = [
    {"event": f"refused {SIGNATURE}"},
    {"event": "x", "Stripe-Signature": SIGNATURE},
    {"event": "x", "headers": {"Authorization": "Bearer hunter2hunter2", "HTTP_COOKIE": "sessionid=hunter2hunter2"}},
    {"event": "key sk_live_51Habcdefgh and rk_test_51Habcdefgh, whsec_AbCdEf123456"},
    {"event": "x", "problem": "cannot reach postgres://billing_app:hunter2hunter2@db:5432/billing"},
    {"event": "x", "problem": "redis://:hunter2hunter2@redis:6379/0 is away"},
    {"event": "x", "problem": "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc"},
    {"event": "x", "arguments": [{"new_password": "hunter2hunter2"}, "password=hunter2hunter2&a=1"]},
    {"event": "x", "body": b"hunter2hunter2", "payload": {"a": "hunter2hunter2"}},
    {"event": "x", "exception": 'ValueError: {"token": "hunter2hunter2"}'},
    {"event": "x", "request": RequestFactory().get("/admin/?q=hunter2hunter2")},
    {"event": "x", "deep": SimpleNamespace(password="hunter2hunter2")},
]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_never_contains_a_secret(line):
    written = json.dumps(redact(None, "info", dict(line)), default=repr)

    assert [secret for secret in SECRETS if secret in written] == []
    assert GONE in written or "/admin/" in written


def test_what_is_no_secret_is_written_as_it_is():
    line = {
        "event": "issued",
        "issued": 3,
        "number": "INV-2026-0001",
        "problem": "it is 12:30, token",
        "ids": [1, "a=b"],
    }

    assert redact(None, "info", dict(line)) == line
    assert clean("https://billing.example/admin/?at=12:30 sent to a@b.example") == (
        "https://billing.example/admin/?at=12:30 sent to a@b.example"
    )


@pytest.fixture
def written():
    """Reads the lines that were written since."""
    lines, root = io.StringIO(), logging.getLogger()
    before = root.handlers[0]
    configure(logging_settings(colours=False))
    ours = root.handlers[0]
    assert isinstance(ours, logging.StreamHandler)
    ours.setStream(lines)

    def since() -> list[dict[str, Any]]:
        text = lines.getvalue()
        lines.seek(0)
        lines.truncate()
        return [json.loads(line) for line in text.splitlines()]

    yield since
    root.removeHandler(ours)
    root.addHandler(before)


@pytest.mark.django_db
def test_each_request_writes_one_line_with_its_id_the_person_and_the_row(written):
    browser = signed_in("clerk")
    written()

    browser.get("/admin/tickets/ticket/123/change/?q=Anna", headers={"Stripe-Signature": SIGNATURE})
    (line,) = [line for line in written() if line["event"] == "request_finished"]
    Browser().post("/webhooks/stripe/", b"{}", content_type="application/json", headers={"Stripe-Signature": SIGNATURE})
    (webhook,) = [line for line in written() if line["event"] == "request_finished"]

    assert line["request"] == "GET /admin/tickets/ticket/123/change/"
    assert (line["object_id"], line["page"]) == ("123", "admin:tickets_ticket_change")
    assert isinstance(line["user_id"], int)
    assert len(line["request_id"]) == 36
    assert not {"ip", "user_agent", "username", "email"} & line.keys()
    assert (webhook["code"], webhook["level"], webhook["user_id"]) == (400, "warning", None)
    assert SIGNATURE not in json.dumps(webhook)


def test_a_line_of_a_task_names_task_and_ticket():
    task = SimpleNamespace(
        name="tickets.tasks.bill_ticket", request=SimpleNamespace(kwargs={"ticket_id": 7, "note": "Anna"})
    )
    with structlog.contextvars.bound_contextvars():
        bind_task(task=task)
        bound = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()

    assert bound == {"ticket_id": 7, "task": "tickets.tasks.bill_ticket"}


SCRIPT = """
import django
from django.conf import settings
django.setup()
settings.ROOT_URLCONF = "tests.errors_app"
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
browser = Client(raise_request_exception=False)
browser.cookies["sessionid"] = ""
shown = {"Authorization": "Bearer hunter2hunter2"}
answer = browser.post("/broken/42/?q=hunter2hunter2", {"note": "kept"}, headers=shown)
assert answer.status_code == 500
import sentry_sdk
sentry_sdk.flush(5)
"""


@pytest.mark.serial
def test_a_reported_fault_says_what_and_where_and_nothing_that_anybody_wrote():
    bodies: list[bytes] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = os.environ | {
        "SENTRY_DSN": f"http://key@127.0.0.1:{server.server_port}/1",
        "DJANGO_SETTINGS_MODULE": "billing_project.settings",
    }  # fmt: skip
    try:
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        server.shutdown()
        server.server_close()

    assert ended.returncode == 0, ended.stderr
    said = b"\n".join(bodies).decode()
    events = [json.loads(line) for line in said.splitlines() if '"exception"' in line]
    kinds = {event["exception"]["values"][-1]["type"]: event for event in events}
    assert kinds.keys() == {"KeyError", "ValueError"}
    assert (kinds["KeyError"]["message"], kinds["KeyError"]["tags"]["client"]) == ("month failed", "42")
    assert kinds["ValueError"]["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "broken"
    leaked = [word for word in (*SECRETS, WORDS, "kept", "cannot bill", "cookie", "testserver", "vars") if word in said]
    assert leaked == []
