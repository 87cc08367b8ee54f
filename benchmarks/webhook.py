"""Receiving Stripe's events under the product's web server, against the same server with signature and insert alone."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import percentile
from benchmarks.stage import stage
from billing_project.embedded import children
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.processes import processes

SECRET = "whsec_benchmark"  # noqa: S105 - signs what this benchmark sends
CONNECTIONS = 8
EVENTS_A_TURN = 100
LEAST_RATIO, MOST_P99_MS = 0.70, 100.0
# Below this, starting up is what is measured.
FEWEST_JUDGED = 1000
PRODUCT, FLOOR = "the product", "floor: signature, insert, 200"
APPLICATIONS = {PRODUCT: "billing_project.wsgi:application", FLOOR: "benchmarks.webhook_floor:application()"}

Request = tuple[bytes, str]


@dataclass
class Answered:
    """What one server answered so far."""

    seconds: float = 0.0
    waits_ms: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        return len(self.waits_ms) / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    answered = {name: Answered() for name in APPLICATIONS}
    settings = {"STRIPE_WEBHOOK_SECRETS": SECRET}
    with stage(settings, durable=not options.throw_away) as ready, ready.trial(), contextlib.ExitStack() as servers:
        ports = {name: servers.enter_context(served(app)) for name, app in APPLICATIONS.items()}
        for port in ports.values():
            deliver(port, signed(f"warm{port}", 50), Answered())
        # A few of one, then a few of the other: what else the machine does weighs on both.
        for turn in range(options.repeat * options.events // EVENTS_A_TURN):
            for name, port in ports.items():
                deliver(port, signed(f"evt{port}_{turn}", EVENTS_A_TURN), answered[name])
        check_rows(len(ports) * (turn + 1) * EVENTS_A_TURN)
    judge(answered, options.repeat * options.events)


def judge(answered: dict[str, Answered], events: int) -> None:
    """Print the figures; end with 1 where one is beyond its limit."""
    print(
        f"{events} events and a tenth of them again, {CONNECTIONS} connections, 2 workers, in turns of {EVENTS_A_TURN}"
    )
    print(f"  {'':<32}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'not 2xx':>9}")
    for name, one in answered.items():
        p50, p99 = percentile(one.waits_ms, 50), percentile(one.waits_ms, 99)
        print(f"  {name:<32}{one.rate:>12.0f}{p50:>9.1f}{p99:>9.1f}{one.refused:>9}")
    product = answered[PRODUCT]
    ratio = product.rate / answered[FLOOR].rate
    print(f"  {ratio:.2f} of the floor's requests per second")
    if product.refused:
        raise SystemExit(f"{product.refused} deliveries were not taken.")
    if events >= FEWEST_JUDGED and (ratio < LEAST_RATIO or percentile(product.waits_ms, 99) > MOST_P99_MS):
        raise SystemExit(
            f"Less than {LEAST_RATIO} of the floor, or more than {MOST_P99_MS:.0f} ms for one in a hundred."
        )


@contextlib.contextmanager
def served(application: str) -> Iterator[int]:
    """The product's own web server with that application, on the database and broker in use; its port."""
    port = _free_port()
    listed = {process.name: process for process in processes(bind=f"127.0.0.1:{port}", beat_schedule="")}
    command = [APPLICATIONS[PRODUCT], *listed["web"].module]
    command = [application if word == APPLICATIONS[PRODUCT] else word for word in command[1:]]
    with tempfile.TemporaryDirectory(prefix="billing-benchmark-") as folder, (Path(folder) / "log").open("wb") as log:
        server = children.start(
            [sys.executable, "-m", *command],
            cwd=ROOT, env={**os.environ, "PROCESS": "web"}, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            if not children.wait_until(lambda: _answers(port), within=60.0):
                raise SystemExit(f"The web server did not start:\n{(Path(folder) / 'log').read_text()[-2000:]}")
            yield port
        finally:
            children.stop(server, with_signal=signal.SIGTERM, within=30.0)


def signed(prefix: str, events: int) -> list[Request]:
    """So many events, every tenth of them once more a little later, each with its signature of now."""
    bodies: list[bytes] = []
    for number in range(events):
        bodies.append(body(f"{prefix}_{number}"))
        if number % 10 == 9:
            bodies.append(bodies[-5])
    at = int(time.time())
    return [(one, f"t={at},v1={_digest(at, one)}") for one in bodies]


def deliver(port: int, requests: Sequence[Request], answered: Answered) -> None:
    """Send all of them over a few connections that stay open."""
    parts = [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]
    threads = [threading.Thread(target=_send, args=(port, part, answered)) for part in parts]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered.seconds += time.perf_counter() - started


def check_rows(events: int) -> None:
    """Each event is there once."""
    from invoicing.models import StripeEvent

    kept = StripeEvent.objects.filter(event_id__startswith="evt").count()
    if kept != events:
        raise SystemExit(f"{kept} of {events} events were kept.")


def body(event_id: str) -> bytes:
    """An event of the size and shape that Stripe sends for an invoice of five lines."""
    line = {
        "id": "il_1SimBenchmark", "object": "line_item", "amount": 10000, "currency": "eur", "quantity": 1,
        "description": "Alpenglas GmbH: support in January", "discountable": True, "livemode": False, "metadata": {},
        "period": {"start": 1767225600, "end": 1769904000}, "pricing": {"unit_amount_decimal": "10000"},
        "taxes": [{"amount": 1900, "tax_behavior": "exclusive", "taxable_amount": 10000, "tax_rate_details": {}}],
    }  # fmt: skip
    invoice = {
        "id": f"in_{event_id}", "object": "invoice", "status": "paid", "currency": "eur", "total": 59500,
        "amount_paid": 59500, "metadata": {"billing_invoice": event_id}, "lines": {"data": [line] * 5},
        "customer_address": {"city": "Berlin", "country": "DE", "line1": "Hauptstraße 1", "postal_code": "10115"},
    }  # fmt: skip
    event = {
        "id": event_id, "object": "event", "api_version": "2026-10-28.endive", "created": 1768550400,
        "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
        "type": "invoice.paid", "data": {"object": invoice},
    }  # fmt: skip
    return json.dumps(event, indent=2).encode()


def _send(port: int, requests: Sequence[Request], answered: Answered) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for content, header in requests:
        started = time.perf_counter()
        headers = {"Content-Type": "application/json", "Stripe-Signature": header}
        connection.request("POST", "/webhooks/stripe/", content, headers)
        answer = connection.getresponse()
        answer.read()
        answered.waits_ms.append((time.perf_counter() - started) * 1000)
        if answer.status // 100 != 2:
            answered.refused += 1
    connection.close()


def _digest(at: int, content: bytes) -> str:
    return hmac.new(SECRET.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
