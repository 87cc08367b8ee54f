"""The demo's own Stripe: a simulator beside the other processes, so that an invoice is paid without an account."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING

from billing_project.embedded import web_port
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.errors import StartError
from billing_project.embedded.processes import Process

if TYPE_CHECKING:
    from billing_project.embedded.folder import DataFolder

SIMULATOR = "tests.stripe_simulator"
FIRST, LAST = 12111, 12199


def stripe_environment(port: int) -> dict[str, str]:
    """What the processes of the demo have to know of its Stripe; the secrets last as long as they do."""
    return {
        "STRIPE_API_BASE": f"http://{web_port.HOST}:{port}",
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(12)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
    }


def free_port() -> int:
    """The first port that nobody listens on. Raises StartError."""
    for port in range(FIRST, LAST + 1):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((web_port.HOST, port))
            except OSError:
                continue
            return port
    raise StartError(f"Every port from {FIRST} to {LAST} is taken; the demo needs one of them.")


def stripe_process(folder: DataFolder, port: int, address: str) -> Process:
    """The simulator; it delivers its events to the web server at `address`, twice and in any order."""
    if not (ROOT / "tests" / "stripe_simulator").is_dir():
        raise StartError(f"{ROOT / 'tests'} has no Stripe simulator; fetch the product again.")
    state = str(folder.path / "stripe")
    return Process("stripe", "stripe", (
        SIMULATOR, "--port", str(port), "--webhook", f"{address}webhooks/stripe/", "--untidy", "--save-cards",
        "--state", state,
    ))  # fmt: skip
