"""What goes wrong, by plan: the next request of a kind is dropped, hangs or is answered with an error."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Literal

How = Literal["drop", "hang", 500, 409, 429]
ERRORS = {
    500: {"type": "api_error", "message": "An unknown error occurred"},
    409: {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "Another request uses this key"},
    429: {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests. Back off."},
}


@dataclass
class Fault:
    """One planned fault.

    `after_effect`: the request is carried out, then its answer is lost. `reached` is set when a request meets the
    fault (after the effect, where there is one). `remembered`: the error itself is what the key replays, as Stripe
    does with a 500 of a request that it had begun. A hang lasts until `release` or `hold_seconds`; without an effect
    before, a released one takes effect late, with nobody left to hear the answer.
    """

    route: str
    how: How
    after_effect: bool
    remembered: bool
    hold_seconds: float
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        self.released.set()


def route_name(name: str) -> str:
    """`POST /v1/invoices/{id}/pay` and `POST /v1/invoices/*/pay` are the same route."""
    return re.sub(r"\{[a-z_]+\}", "*", name)


@dataclass
class Plan:
    """Faults in the order in which they were planned; each is met once."""

    planned: list[Fault] = field(default_factory=list)
    met: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        self.planned.append(fault)
        return fault

    def take(self, route: str) -> Fault | None:
        for fault in self.planned:
            if fault.route in ("*", route):
                self.planned.remove(fault)
                self.met.append(fault)
                return fault
        return None

    def end(self) -> None:
        """Let go of whoever still hangs."""
        for fault in self.met:
            fault.release()
