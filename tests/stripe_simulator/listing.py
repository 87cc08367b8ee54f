"""Lists and searches: newest first, cursors, filters by field, the query language as far as metadata and fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.stripe_simulator.errors import Refused, missing
from tests.stripe_simulator.world import Object, World

_CURSORS = ("limit", "starting_after", "ending_before", "expand")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda left, right: left > right, "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right, "lte": lambda left, right: left <= right,
}  # fmt: skip
_CLAUSE = re.compile(r"""(-?)([a-z_]+)(?:\[["']([^"']+)["']\])?(:|>=|<=|>|<|~)(?:"([^"]*)"|'([^']*)'|([0-9]+|null))""")
_SIGNS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def page(world: World, things: Iterable[Object], params: dict[str, Any], url: str, **own: str) -> Object:
    """One page. Other parameters filter the field of their name; `own` says which field where it differs."""
    found = list(things)[::-1]
    for name, wanted in params.items():
        if name not in _CURSORS:
            found = [thing for thing in found if _fits(thing.get(own.get(name, name)), wanted)]
    return cut(found, params, url, world.show)


def cut(found: list[Object], params: dict[str, Any], url: str, show: Callable[[Object], Object]) -> Object:
    """A page of what was found, which is in the order of the list."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refused("Invalid limit: must be between 1 and 100", param="limit")
    ids = [thing["id"] for thing in found]
    if after := params.get("starting_after"):
        found = found[_place(ids, after, "starting_after") + 1 :]
    elif before := params.get("ending_before"):
        kept = found[: _place(ids, before, "ending_before")]
        return _listed(kept[-limit:], show, url, more=len(kept) > limit)
    return _listed(found[:limit], show, url, more=len(found) > limit)


def _place(ids: list[str], identifier: str, param: str) -> int:
    if identifier not in ids:
        raise missing("object", identifier, param, status=400)
    return ids.index(identifier)


def _listed(found: list[Object], show: Callable[[Object], Object], url: str, *, more: bool) -> Object:
    return {"object": "list", "data": [show(thing) for thing in found], "has_more": more, "url": url}


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return value is not None and all(
            _COMPARE[sign](value, than) if sign in _COMPARE else _fits(value.get(sign), than)
            for sign, than in wanted.items()
        )
    return bool(value == wanted)


def search(world: World, things: Iterable[Object], params: dict[str, Any], url: str) -> Object:
    """A search. As at Stripe, what changed within the last minute (`search_lag_seconds`) is not found yet."""
    seen_until = world.now - world.search_lag_seconds
    wanted = _parse(params["query"])
    found = [thing for thing in list(things)[::-1] if thing["created"] <= seen_until and wanted(thing)]
    start, limit = int(params.get("page", "0")), params.get("limit", 10)
    shown = [world.show(thing) for thing in found[start : start + limit]]
    more = len(found) > start + limit
    return {
        "object": "search_result", "url": url, "data": shown, "has_more": more,
        "next_page": str(start + limit) if more else None,
    }  # fmt: skip


def _parse(query: str) -> Callable[[Object], bool]:
    joiner = " OR " if " OR " in query else " AND "
    clauses = [_clause(part.strip()) for part in query.split(joiner)]
    together = any if joiner == " OR " else all
    return lambda thing: together(clause(thing) for clause in clauses)


def _clause(text: str) -> Callable[[Object], bool]:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise Refused(f"We were unable to parse your search query: {text}", param="query")
    negated, name, key, sign, double, single, bare = match.groups()
    wanted = next((text for text in (double, single, bare) if text is not None), "")

    def holds(thing: Object) -> bool:
        value = thing.get(name, {}).get(key) if key else thing.get(name)
        if bare == "null":
            return (value is None) != bool(negated)
        if sign in _SIGNS:
            return value is not None and _COMPARE[_SIGNS[sign]](int(value), int(wanted))
        known = str(value) if value is not None else ""
        return (wanted in known if sign == "~" else known == wanted and value is not None) != bool(negated)

    return holds


def expand(world: World, answer: Object, paths: list[str]) -> Object:
    """Put objects in the place of their ids: `customer`, `payments.data.payment.payment_intent`, `data.customer`."""
    for path in paths:
        _expand(world, answer, path.split("."), path)
    return answer


def _expand(world: World, value: Any, path: list[str], whole: str) -> None:
    if isinstance(value, list):
        for item in value:
            _expand(world, item, path, whole)
        return
    if not isinstance(value, dict):
        return  # null, as at Stripe
    name, rest = path[0], path[1:]
    if name not in value:
        value[name] = _asked_for(world, value, name, whole)
    elif isinstance(value[name], str):
        if value[name] not in world.things:
            raise Refused(f"This property cannot be expanded ({whole}).", param="expand")
        value[name] = world.show(world.things[value[name]])
    if rest:
        _expand(world, value[name], rest, whole)


def _asked_for(world: World, thing: Object, name: str, whole: str) -> Object:
    """Lists that are left out unless somebody asks for them."""
    kinds = {
        ("invoice", "payments"): ("invoice_payment", "invoice"), ("charge", "refunds"): ("refund", "charge"),
        ("customer", "tax_ids"): ("tax_id", "customer"),
    }  # fmt: skip
    if (thing.get("object"), name) not in kinds:
        raise Refused(f"This property cannot be expanded ({whole}).", param="expand")
    kind, field = kinds[(thing["object"], name)]
    found = [item for item in world.of(kind) if item[field] == thing["id"]]
    return world.listed(found, f"/v1/{kind}s")
