"""Delivery of events: signed, repeated until taken, in any order, as often as one likes."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tests.stripe_simulator.world import Object, World

RETRY_SECONDS = (300, 1800, 7200, 18000, 36000)  # then every twelve hours, for three days in all
KEPT_TRYING_SECONDS = 72 * 3600
Receiver = Callable[[bytes, dict[str, str]], int]
Order = Literal["created", "reversed", "shuffled"] | Callable[[list[Object]], list[Object]]


@dataclass
class Endpoint:
    """Where events go: a URL, or a function of body and headers that returns the status."""

    to: str | Receiver
    secrets: Sequence[str]
    types: Sequence[str] = ()
    old_shape: bool = False


@dataclass
class Pending:
    """An event that an endpoint has not taken yet; due on the simulator's clock."""

    event: str
    endpoint: Endpoint
    due_at: int
    first_at: int
    attempt: int = 0


@dataclass
class Delivery:
    """One attempt; `status` 0 where there was no answer."""

    event: str
    type: str
    status: int
    attempt: int


def signature(body: bytes, secrets: Sequence[str], at: int | None = None, *, scheme: str = "v1") -> str:
    """The header Stripe-Signature, with one signature for each secret; `at` is in Unix seconds of the real clock."""
    at = int(time.time()) if at is None else at
    signed = [hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"{scheme}={each}" for each in signed)])


def send(to: str | Receiver, body: bytes, header: str, *, timeout_seconds: float = 30) -> int:
    """The status of the answer, 0 where there is none."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}
    if callable(to):
        return to(body, headers)
    url = urlsplit(to)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=timeout_seconds)
    try:
        connection.request("POST", url.path or "/", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@dataclass
class Post:
    """What waits to be delivered, and what was."""

    world: World
    endpoints: list[Endpoint] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)
    given_up: list[Pending] = field(default_factory=list)
    delays: dict[str, int] = field(default_factory=dict)

    def collect(self) -> None:
        """Put new events in the queues of the endpoints that want them."""
        with self.world.lock:
            for event in self.world.unsent:
                told = self.world.events[event]
                kind = told.current["type"]
                due = self.world.now + self.delays.get(kind, 0)
                takers = [endpoint for endpoint in self.endpoints if not endpoint.types or kind in endpoint.types]
                self.pending += [Pending(event, endpoint, due, due) for endpoint in takers]
                told.current["pending_webhooks"] = told.old["pending_webhooks"] = len(takers)
            self.world.unsent.clear()

    def deliver(
        self, order: Order = "created", *, duplicates: int = 0, seed: int = 0, connections: int = 1,
        signed_ago_seconds: int = 0, types: Sequence[str] = (),
    ) -> list[Delivery]:  # fmt: skip
        """Send what is due; each event `duplicates` times more, spread over the whole. The attempts, as they ended."""
        self.collect()
        with self.world.lock:
            due = [item for item in self.pending if item.due_at <= self.world.now]
            due = [item for item in due if not types or self.world.events[item.event].current["type"] in types]
        queue = self._arranged(due, order, duplicates, random.Random(seed))  # noqa: S311 -- a shuffle that can be repeated
        at = int(time.time()) - signed_ago_seconds

        def one(item: Pending) -> Delivery:
            return self._attempt(item, at)

        if connections == 1:
            return [one(item) for item in queue]
        with ThreadPoolExecutor(connections) as pool:
            return list(pool.map(one, queue))

    def _arranged(self, due: list[Pending], order: Order, duplicates: int, chance: random.Random) -> list[Pending]:
        queue = [item for item in due for _ in range(duplicates + 1)]
        if order == "shuffled":
            chance.shuffle(queue)
        elif order == "reversed":
            queue.reverse()
        elif callable(order):
            wanted = [event["id"] for event in order([self.world.events[item.event].current for item in due])]
            queue = [item for event in wanted for item in queue if item.event == event]
        return queue

    def _attempt(self, item: Pending, at: int) -> Delivery:
        event = self.world.events[item.event].shape(old=item.endpoint.old_shape)
        body = json.dumps(event, indent=2).encode()
        status = send(item.endpoint.to, body, signature(body, item.endpoint.secrets, at))
        with self.world.lock:
            item.attempt += 1
            done = Delivery(item.event, event["type"], status, item.attempt)
            self.delivered.append(done)
            self._after(item, taken=200 <= status < 300)
        return done

    def _after(self, item: Pending, *, taken: bool) -> None:
        if item not in self.pending:
            return  # a duplicate of one that was taken already
        wait = RETRY_SECONDS[item.attempt - 1] if item.attempt <= len(RETRY_SECONDS) else 12 * 3600
        item.due_at = self.world.now + wait
        if taken:
            told = self.world.events[item.event]
            told.current["pending_webhooks"] = told.old["pending_webhooks"] = told.current["pending_webhooks"] - 1
        elif item.due_at <= item.first_at + KEPT_TRYING_SECONDS:
            return
        else:
            self.given_up.append(item)
        self.pending.remove(item)
