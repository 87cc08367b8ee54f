"""What the simulator knows: objects by id in the order of their making, events, and a clock of its own."""

from __future__ import annotations

import copy
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_simulator import shapes
from tests.stripe_simulator.errors import missing

Object = dict[str, Any]
NAMES = {"tax_id": "tax ID", "invoiceitem": "invoice item", "payment_method": "PaymentMethod"}

_KEPT = ("things", "kinds", "lines_of", "events", "ahead_seconds", "made", "token")


@dataclass
class World:
    """`lock` guards it all. `request` is who makes the present change: (request id, idempotency key)."""

    current_version: str
    events_are_old: bool = False
    search_lag_seconds: int = 60
    saves_cards: bool = False
    address: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(3))
    lock: threading.RLock = field(default_factory=threading.RLock)
    things: dict[str, Object] = field(default_factory=dict)
    kinds: dict[str, list[Object]] = field(default_factory=dict)
    lines_of: dict[str, list[Object]] = field(default_factory=dict)
    events: dict[str, shapes.Told] = field(default_factory=dict)
    request: tuple[str | None, str | None] = (None, None)
    ahead_seconds: int = 0
    made: int = 0
    unsent: list[str] = field(default_factory=list)

    def memory(self) -> dict[str, Any]:
        """All that was made and happened, for another start."""
        with self.lock:
            return {name: getattr(self, name) for name in _KEPT}

    def remember(self, memory: dict[str, Any]) -> None:
        """Go on from there; of what was not delivered, only the list of events tells."""
        for name, value in memory.items():
            setattr(self, name, value)

    @property
    def now(self) -> int:
        """Unix seconds on the simulator's clock."""
        return int(time.time()) + self.ahead_seconds

    def identifier(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_1Sim{self.token}{self.made:08d}"

    def add(self, prefix: str, kind: str, /, **values: Any) -> Object:
        """Keep a new object; fields that begin with an underscore are never shown."""
        identifier = self.identifier(prefix)
        thing: Object = {"id": identifier, "object": kind, "created": self.now, "livemode": False} | values
        self.things[identifier] = thing
        self.kinds.setdefault(kind, []).append(thing)
        if kind == "line_item":
            self.lines_of.setdefault(thing["invoice"], []).append(thing)
        return thing

    def of(self, kind: str) -> Iterator[Object]:
        """All objects of a kind, the oldest first."""
        return (thing for thing in list(self.kinds.get(kind, ())) if not thing.get("_gone"))

    def get(self, kind: str, identifier: str, param: str, *, status: int = 404) -> Object:
        """The object, or Refused: 404 for the path's, 400 where a parameter names it."""
        thing = self.things.get(identifier)
        if thing is None or thing["object"] != kind or thing.get("_gone"):
            raise missing(NAMES.get(kind, kind.replace("_", " ")), identifier, param, status=status)
        return thing

    def show(self, thing: Object) -> Object:
        """A copy as the API shows it, without what has to be asked for by `expand`."""
        shown = {name: copy.deepcopy(value) for name, value in thing.items() if not name.startswith("_")}
        if thing["object"] == "invoice":
            shown["lines"] = self.listed(self.lines(thing["id"]), f"/v1/invoices/{thing['id']}/lines")
        if thing["object"] == "customer":
            shown.pop("tax_ids", None)
        return shown

    def lines(self, invoice: str) -> list[Object]:
        """The lines of an invoice as they are listed: the newest first."""
        return [line for line in self.lines_of.get(invoice, ()) if not line.get("_gone")][::-1]

    def listed(self, things: list[Object], url: str, limit: int = 10) -> Object:
        """A list within an object: no more than ten, and whether there are more."""
        shown, count = [self.show(thing) for thing in things[:limit]], len(things)
        return {"object": "list", "data": shown, "has_more": count > limit, "url": url, "total_count": count}

    def tell(self, kind: str, thing: Object, **previous: Any) -> str:
        """Make an event of a change; the object's state of now is kept in both shapes. Its id."""
        event: Object = {
            "id": self.identifier("evt"), "object": "event", "api_version": self.current_version, "created": self.now,
            "data": {"object": self.show(thing)}, "livemode": False, "pending_webhooks": 0,
            "request": {"id": self.request[0], "idempotency_key": self.request[1]}, "type": kind,
        }  # fmt: skip
        if previous:
            event["data"]["previous_attributes"] = previous
        return self.keep(shapes.Told(event, shapes.old_event(self, event)))

    def keep(self, told: shapes.Told) -> str:
        self.events[told.id] = told
        self.unsent.append(told.id)
        return told.id
