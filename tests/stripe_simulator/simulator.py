"""The simulator as tests hold it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import stripe

from tests.stripe_simulator import paying, refunds, transitions, webhooks
from tests.stripe_simulator.desk import Desk, Refusal, Seen
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.faults import Fault, How, route_name
from tests.stripe_simulator.forms import plain
from tests.stripe_simulator.routes import NAMES
from tests.stripe_simulator.server import Server
from tests.stripe_simulator.shapes import Told
from tests.stripe_simulator.webhooks import Delivery, Endpoint, Order, Pending, Post, Receiver
from tests.stripe_simulator.world import Object, World


class StripeSimulator:
    """Answers at `address` between `__enter__` and `__exit__`; see the package for what it does and does not do."""

    def __init__(self, *, port: int = 0, search_lag_seconds: int = 60, old_events: bool = False) -> None:
        self.world = World(stripe.api_version, events_are_old=old_events, search_lag_seconds=search_lag_seconds)
        self.desk = Desk(self.world)
        self.post = Post(self.world)
        self._server = Server(self.desk, port)
        self.address = self.world.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.desk.closing = True
        self.desk.plan.end()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # what happened

    @property
    def requests(self) -> list[Seen]:
        """All requests over HTTP, also those that were not answered."""
        return list(self.desk.requests)

    @property
    def refusals(self) -> list[Refusal]:
        """Requests with parameters that the SDK's TypedDicts do not have, or to unknown routes."""
        return list(self.desk.refusals)

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self.post.delivered)

    @property
    def given_up(self) -> list[Pending]:
        """Events that no endpoint took for three days."""
        return list(self.post.given_up)

    def calls(self, route: str) -> list[Seen]:
        """Requests of one route, `POST /v1/invoices/{id}/pay`."""
        return [seen for seen in self.requests if seen.route == route_name(route)]

    def objects(self, kind: str, **fields: Any) -> list[Object]:
        """All objects of a kind as the API shows them, the oldest first; only those whose fields are as given."""
        with self.world.lock:
            shown = [self.world.show(thing) for thing in self.world.of(kind)]
        return [thing for thing in shown if all(thing.get(name) == value for name, value in fields.items())]

    def object(self, identifier: str) -> Object:
        with self.world.lock:
            return self.world.show(self.world.things[identifier])

    def lines(self, invoice: str) -> list[Object]:
        """All lines of an invoice, the newest first."""
        with self.world.lock:
            return [self.world.show(line) for line in self.world.lines(invoice)]

    def events(self, *types: str, old: bool = False) -> list[Object]:
        """Events in the order in which they happened."""
        told = [event.shape(old=old) for event in self.world.events.values()]
        return [copy.deepcopy(event) for event in told if not types or event["type"] in types]

    # what goes wrong

    def fail_next(
        self, route: str, *, how: How, after_effect: bool = False, times: int = 1, remembered: bool | None = None,
        hold_seconds: float = 30,
    ) -> Fault:  # fmt: skip
        """Plan a fault for the next request(s) of a route, "*" for any; the last one planned is returned."""
        name = route_name(route)
        if name != "*" and name not in NAMES:
            raise ValueError(f"no such route: {route}")
        keep = (how == 500 and after_effect) if remembered is None else remembered
        planned = [Fault(name, how, after_effect, keep, hold_seconds) for _ in range(times)]
        return [self.desk.plan.add(fault) for fault in planned][-1]

    # what people, banks and time do

    def act(self, method: str, path: str, params: dict[str, Any] | None = None) -> Object:
        """A change by somebody else, in the dashboard for instance: not in `requests`, no fault. Raises Refused."""
        others = Desk(self.world)
        answer = others.handle(method, path, plain(params or {}))
        if answer is None or answer.status != 200:
            said = answer.body["error"] if answer else {"message": "no answer"}
            raise Refused(said.pop("message"), status=answer.status if answer else 0, kind=said.pop("type", ""), **said)
        return answer.body

    def advance(self, *, hours: float = 0, days: float = 0) -> None:
        """Let time pass: drafts finalise, dues pass, debits arrive, keys are forgotten, retries fall due."""
        with self.world.lock:
            self.world.ahead_seconds += round((hours + 24 * days) * 3600)
            transitions.pass_time(self.world)

    def decline_card(self, method: str, reason: str | None = "insufficient_funds") -> None:
        """From now on a payment method is declined for that reason; None: it works."""
        self.world.things[method]["_declines"] = reason

    def customer_pays(self, invoice: str, card: str = "pm_card_visa") -> None:
        """The customer pays on Stripe's page. Raises Refused where the card is declined."""
        with self.world.lock:
            transitions.pay(self.world, {"payment_method": card}, invoice)

    def settle(self) -> None:
        """Debits that are on their way arrive now."""
        with self.world.lock:
            paying.settle(self.world, until=self.world.now + 365 * 86400)

    def fail_refund(self, refund: str) -> None:
        """A refund that had succeeded comes back from the customer's bank."""
        with self.world.lock:
            refunds.fail_refund(self.world, self.world.things[refund])

    def dispute(self, charge: str, *, amount: int | None = None, reason: str = "fraudulent") -> Object:
        with self.world.lock:
            return self.world.show(refunds.dispute_charge(self.world, self.world.things[charge], amount, reason))

    def close_dispute(self, dispute: str, outcome: str) -> None:
        """`outcome`: won or lost."""
        with self.world.lock:
            refunds.end_dispute(self.world, self.world.things[dispute], outcome)

    # webhooks

    def webhook(
        self, to: str | Receiver, secrets: Sequence[str], *, types: Sequence[str] = (), old_shape: bool = False
    ) -> Endpoint:
        """Send events from now on to a URL, or to a function of body and headers that returns a status."""
        self.post.collect()
        self.post.endpoints.append(Endpoint(to, secrets, types, old_shape))
        return self.post.endpoints[-1]

    def deliver(
        self, order: Order = "created", *, duplicates: int = 0, seed: int = 0, connections: int = 1,
        signed_ago_seconds: int = 0, types: Sequence[str] = (),
    ) -> list[Delivery]:  # fmt: skip
        """Send all that is due; what is not answered with 2xx is due again later (`advance`)."""
        return self.post.deliver(
            order, duplicates=duplicates, seed=seed, connections=connections, signed_ago_seconds=signed_ago_seconds,
            types=types,
        )  # fmt: skip

    def delay(self, kind: str, *, hours: float) -> None:
        """Events of a type that happen from now on are delivered so much later."""
        self.post.delays[kind] = round(hours * 3600)

    def drop_pending(self) -> int:
        """Forget what waits for delivery, as after an outage of days; only the list of events has it still."""
        self.post.collect()
        lost = len(self.post.pending)
        self.post.pending.clear()
        return lost

    def emit(self, kind: str, thing: Object, **fields: Any) -> str:
        """An event of one's own making, for contradictions and strangers (`account="acct_other"`). Its id."""
        with self.world.lock:
            event = {
                "id": self.world.identifier("evt"), "object": "event", "api_version": self.world.current_version,
                "created": self.world.now, "data": {"object": thing}, "livemode": False, "pending_webhooks": 0,
                "request": {"id": None, "idempotency_key": None}, "type": kind,
            }  # fmt: skip
            event |= fields
            return self.world.keep(Told(event, event))

    def signature(self, body: bytes, secrets: Sequence[str], at: int | None = None) -> str:
        """The header for a body of one's own; `at` in Unix seconds of the real clock."""
        return webhooks.signature(body, secrets, at)
