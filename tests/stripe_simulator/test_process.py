"""The simulator as a process, as the demo starts it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import stripe

from tests.stripe_simulator import StripeSimulator

pytestmark = pytest.mark.serial
ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_demo"


class Receiver(BaseHTTPRequestHandler):
    """Keeps the types of the events that verify."""

    types: list[str] = []
    arrived = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET).type
        self.types.append(kind)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if kind == "invoice.paid":
            self.arrived.set()

    def log_message(self, *_: object) -> None:
        """Silent."""


def test_an_invoice_is_paid_on_its_page_and_the_event_arrives_twice(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        webhook = f"http://127.0.0.1:{receiver.server_port}/webhooks/stripe/"
        command = [sys.executable, "-m", "tests.stripe_simulator", "--webhook", webhook, "--untidy", "--save-cards"]
        command += ["--state", str(tmp_path / "stripe")]
        environment = {**os.environ, "STRIPE_WEBHOOK_SECRETS": SECRET}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                address = json.loads(process.stdout.readline())["address"]
                client = stripe.StripeClient("sk_test_1", base_addresses={"api": address}).v1
                customer = client.customers.create({"name": "A & B <Glas>"})
                invoice = client.invoices.create({"customer": customer.id, "number": "R-<7>"})
                client.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 1234})
                settings = client.customers.retrieve(customer.id).invoice_settings
                assert settings is not None
                assert settings.default_payment_method
                page = client.invoices.finalize_invoice(invoice.id).hosted_invoice_url
                assert "R-&lt;7&gt;" in _read(page)
                assert "declined" in _read(page, b"card=decline")
                assert "Status: paid" in _read(page, b"card=pay")
                assert Receiver.arrived.wait(10)
            finally:
                process.terminate()
                rest, _ = process.communicate(timeout=10)
        assert process.returncode == 0
        receiver.shutdown()
    assert {"invoice.payment_failed", "invoice.paid"} <= set(Receiver.types)
    assert rest.count('"type": "invoice.paid", "status": 200') == 2
    with StripeSimulator() as again:
        again.world.remember(pickle.loads((tmp_path / "stripe").read_bytes()))  # noqa: S301 -- our own
        assert [one["status"] for one in again.objects("invoice", number="R-<7>")] == ["paid"]
        assert again.lines(invoice.id)


def _read(address: str | None, body: bytes | None = None) -> str:
    with urlopen(Request(address or "", data=body)) as page:  # noqa: S310 -- the loopback interface
        return str(page.read().decode())
