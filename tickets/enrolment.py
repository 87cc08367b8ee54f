"""Switching automation on client by client (T-18)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

import config
from accounts.acting import act_as
from contracts.models import Client
from invoicing import audit
from invoicing.reasons import stated
from rating.registry import strategy_named

# The longest limit in seconds, as that of the setting.
LONGEST_THRESHOLD = 1000 * 3600
# Years that each database and each time zone can tell.
EARLIEST, LATEST = 1900, 9000
BILLING = (Client.Automation.DRAFT, Client.Automation.AUTO)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How automation deals with a client. `automation` "" is what the installation says."""

    automation: str
    automation_from: datetime | None

    def as_dict(self) -> dict[str, str | None]:
        """For the audit trail and for scripts."""
        starts = self.automation_from
        return {"automation": self.automation, "automation_from": starts.isoformat() if starts else None}


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """What automation does differently for a client: "" and None are what the installation says."""

    default_strategy: str
    approval_threshold_seconds: int | None

    def as_dict(self) -> dict[str, str | int | None]:
        """For the audit trail."""
        return {
            "default_strategy": self.default_strategy, "approval_threshold_seconds": self.approval_threshold_seconds,
        }  # fmt: skip


class ChangedMeanwhile(ValueError):  # noqa: N818 - a finding, not a fault
    """The client is no longer as the person saw it."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this meanwhile. Look at it and decide again.")


def seen_of(clients: Iterable[Client]) -> str:
    """What a person sees of these clients, as a digest that changes with it."""
    told = [(one.pk, enrolment_of(one).as_dict(), own_terms_of(one).as_dict()) for one in clients]
    return sha256(repr(sorted(told, key=lambda one: one[0])).encode()).hexdigest()


def enrolment_of(client: Client) -> Enrolment:
    """How automation deals with this client."""
    return Enrolment(client.automation, client.automation_from)


def plan_enrolment(
    client: Client, automation: str, *, automation_from: datetime | None = None, at: datetime
) -> Enrolment:
    """What enrolling would come to. Writes nothing. Raises ValueError for another value.

    A client that starts to be planned, or goes from shadow to being billed, starts at `automation_from` (default: now).
    """
    if automation not in ("", *Client.Automation.values):
        raise ValueError(f"automation is one of {', '.join(Client.Automation.values)}, not {automation!r}")
    if automation_from is not None and automation_from.utcoffset() is None:
        raise ValueError("automation_from needs an offset")
    if automation_from is not None and not EARLIEST <= automation_from.year <= LATEST:
        raise ValueError(f"automation starts between the years {EARLIEST} and {LATEST}")
    default = config.billing().enrolment_default
    starts = _level(automation or default) > _level(client.automation or default)
    return Enrolment(automation, automation_from or (at if starts else client.automation_from))


@transaction.atomic
def enrol_client(
    client_id: int,
    automation: str,
    *,
    automation_from: datetime | None = None,
    reason: str,
    by: str,
    at: datetime,
) -> Client:
    """Set what automation does for a client: off, shadow, draft or auto; "" leaves it to the installation.

    Enrolling a client that was off bills what is closed from `automation_from` on (default: now); older tickets are
    skipped and can be billed by hand. Raises ValueError for another value, or without a reason.
    """
    reason = stated(reason)
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    before = enrolment_of(client)
    after = plan_enrolment(client, automation, automation_from=automation_from, at=at)
    act_as(by)
    client.automation, client.automation_from = after.automation, after.automation_from
    client.save(update_fields=["automation", "automation_from"])
    data = {"before": before.as_dict(), "after": after.as_dict()}
    audit.record("client.enrolled", client, by=by, at=at, reason=reason, data=data)
    return client


@transaction.atomic
def enrol_clients(
    ids: Collection[int],
    automation: str,
    *,
    automation_from: datetime | None = None,
    seen: str,
    reason: str,
    by: str,
    at: datetime,
) -> int:
    """Enrol several clients as one step, as `enrol_client` does; answer how many were changed.

    Clients that are what is wanted stay as they are. Raises ChangedMeanwhile where another one is no longer as it was
    `seen` (the digest of all of them), ValueError as `enrol_client`.
    """
    clients = list(Client.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    if automation_from is None and all(client.automation == automation for client in clients):
        return 0
    if seen_of(clients) != seen:
        raise ChangedMeanwhile
    changed = [one for one in clients if one.automation != automation or automation_from is not None]
    for client in changed:
        enrol_client(client.pk, automation, automation_from=automation_from, reason=reason, by=by, at=at)
    return len(changed)


def own_terms_of(client: Client) -> OwnTerms:
    """What automation does differently for this client."""
    return OwnTerms(client.default_strategy, client.approval_threshold_seconds)


@transaction.atomic
def set_own_terms(client_id: int, terms: OwnTerms, *, seen: str, reason: str, by: str, at: datetime) -> Client:
    """Set a client's own default strategy and approval limit (seconds of work on a ticket).

    Raises ValueError for a strategy that is none, a limit out of bounds, or without a reason; ChangedMeanwhile where
    the client is no longer as it was `seen` (a digest).
    """
    reason = stated(reason)
    if terms.default_strategy:
        strategy_named(terms.default_strategy)
    limit = terms.approval_threshold_seconds
    if limit is not None and not 0 <= limit <= LONGEST_THRESHOLD:
        raise ValueError(f"the limit is from 0 to {LONGEST_THRESHOLD // 3600} hours")
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    before = own_terms_of(client)
    if before == terms:
        return client
    if seen_of([client]) != seen:
        raise ChangedMeanwhile
    act_as(by)
    client.default_strategy, client.approval_threshold_seconds = terms.default_strategy, limit
    client.save(update_fields=["default_strategy", "approval_threshold_seconds"])
    data = {"before": before.as_dict(), "after": terms.as_dict()}
    audit.record("client.terms_of_automation", client, by=by, at=at, reason=reason, data=data)
    return client


def _level(effective: str) -> int:
    """0: nothing happens, 1: planned in shadow, 2: billed."""
    return 2 if effective in BILLING else int(effective == Client.Automation.SHADOW)
