"""One request from parameters to answer: key, fault, check, effect. The server and `sim.act` both come through here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.stripe_simulator import routes
from tests.stripe_simulator.checks import check
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.faults import ERRORS, Fault, Plan
from tests.stripe_simulator.idempotency import Answer, Keys
from tests.stripe_simulator.listing import expand
from tests.stripe_simulator.world import World


@dataclass
class Seen:
    """A request as it came; `status` is what was answered, None where no answer was sent."""

    method: str
    path: str
    route: str
    params: dict[str, Any]
    key: str | None
    version: str | None
    id: str
    status: int | None = None
    replayed: bool = False
    fault: str = ""


@dataclass
class Refusal:
    """A request that the SDK's TypedDict, or the table of routes, does not know."""

    route: str
    message: str
    params: dict[str, Any]


@dataclass
class Desk:
    """Carries requests out, one at a time."""

    world: World
    keys: Keys = field(default_factory=Keys)
    plan: Plan = field(default_factory=Plan)
    requests: list[Seen] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    closing: bool = False

    def handle(
        self, method: str, path: str, params: dict[str, Any], *, key: str | None = None, version: str | None = None
    ) -> Answer | None:
        """The answer, or None where the connection is to be closed without one."""
        with self.world.lock:
            name = routes.name(method, path)
            seen = Seen(method, path, name, params, key, version, self.world.identifier("req"))
            self.requests.append(seen)
            fault = self.plan.take(name)
        seen.fault = f"{fault.how}" if fault else ""
        try:
            answer = self._answer(seen, fault)
        except Refused as refused:  # neither begun nor kept
            answer = Answer(refused.status, {"error": refused.error})
        if answer is not None:
            answer.request_id, seen.status, seen.replayed = seen.id, answer.status, answer.replayed
        return answer

    def _answer(self, seen: Seen, fault: Fault | None) -> Answer | None:
        key = seen.key if seen.method == "POST" else None
        with self.world.lock:
            kept = self.keys.begin(key, seen.method, seen.path, seen.params, self.world.now) if key else None
            if kept is None and (fault is None or fault.after_effect):
                kept = self._carry_out(seen, key)
        if fault is None:
            return kept
        return self._fault(seen, key, fault, kept)

    def _carry_out(self, seen: Seen, key: str | None) -> Answer:
        """Check and act; the answer is kept under the key, unless the check refused it."""
        begun, kept = False, None
        try:
            route, ids, params = self._checked(seen)
            begun, self.world.request = True, (seen.id, key)
            kept = Answer(200, self._act(route, ids, params))
        except Refused as refused:
            answer = Answer(refused.status, {"error": refused.error})
            kept = answer if begun else None
            return answer
        finally:
            self.world.request = (None, None)
            if key:
                self.keys.finish(key, kept)
        return kept

    def _act(self, route: routes.Route, ids: tuple[str, ...], params: dict[str, Any]) -> dict[str, Any]:
        paths = params.pop("expand", [])
        result = route.action(self.world, params, *ids)
        kept = result.get("id") in self.world.things and not result.get("deleted")
        return expand(self.world, self.world.show(result) if kept else result, paths)

    def _checked(self, seen: Seen) -> tuple[routes.Route, tuple[str, ...], dict[str, Any]]:
        try:
            route, ids = routes.find(seen.method, seen.path)
            return route, ids, check(route.params, seen.params)
        except Refused as refused:
            self.refusals.append(Refusal(seen.route, str(refused), seen.params))
            raise

    def _fault(self, seen: Seen, key: str | None, fault: Fault, answer: Answer | None) -> Answer | None:
        fault.reached.set()
        if fault.how == "hang":
            late = fault.released.wait(fault.hold_seconds) and not self.closing
            with self.world.lock:
                if late and answer is None:
                    self._carry_out(seen, key)
                elif answer is None and key:
                    self.keys.finish(key, None)
            return None
        error = Answer(fault.how, {"error": ERRORS[fault.how]}) if isinstance(fault.how, int) else None
        with self.world.lock:
            if key and (fault.remembered or answer is None):
                self.keys.finish(key, error if fault.remembered else None)
        return error
