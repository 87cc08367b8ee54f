"""Tickets. One that is closed by an import has no due time of its own: it is due at once."""

from __future__ import annotations

from office.importing.claimed import claim_mark, frozen, marked, release_mark
from office.importing.keys import Of
from office.importing.owners import client_of
from office.importing.record_type import Check, RecordType
from tickets.models import Ticket

of = Of(Ticket)

_contract, _contact = client_of("contract"), client_of("contact")


def _of_another_client(field: str, owner: str, joins: str) -> Check:
    return Check(
        field,
        f"{owner} IS DISTINCT FROM i.client_key AND {owner} IS NOT NULL",
        f"format('belongs to %s, the ticket to %s', to_json({owner}), COALESCE(to_json(i.client_key)::text, 'nobody'))",
        joins,
    )


def _missing_moment(status: str) -> Check:
    return Check(
        f"{status}_at", f"i.status = '{status}' AND i.{status}_at IS NULL", f"'is missing for a {status} ticket'"
    )


_WORK_IS_CLAIMED = " OR ".join(
    f"EXISTS (SELECT FROM invoicing_claim k{join} WHERE k.kind = '{kind}' AND k.released_at IS NULL AND {of_ticket})"
    for kind, join, of_ticket in (
        ("ticket_fee", "", "k.source_id = t.id"),
        ("time_entry", " JOIN tickets_timeentry u ON u.id = k.source_id", "u.ticket_id = t.id"),
        ("expense", " JOIN tickets_expense u ON u.id = k.source_id", "u.ticket_id = t.id"),
    )
)

# A ticket that is at work again has neither been resolved nor closed; the database keeps it so for every writer.
_REOPENED = (
    "UPDATE import_ticket i SET closed_at = NULL,"
    " resolved_at = CASE WHEN i.status = 'resolved' THEN i.resolved_at END"
    " WHERE i.status NOT IN ('closed', 'cancelled') AND (i.closed_at IS NOT NULL OR i.resolved_at IS NOT NULL)"
)

TICKET = RecordType(
    "ticket",
    Ticket,
    keys=(
        of.reference("client", "client").needed(),
        of.text("number"),
        of.text("subject"),
        of.choice("status").needed(),
        of.moment("created_at"),
        of.boolean("billable"),
        of.boolean("internal"),
        of.reference("contact", "contact"),
        of.reference("contract", "contract"),
        of.text("ticket_type"),
        of.choice("priority"),
        of.moment("resolved_at"),
        of.moment("closed_at"),
        of.text("billed_elsewhere"),
    ),
    checks=(
        _of_another_client("contract", _contract.key, _contract.joins),
        _of_another_client("contact", _contact.key, _contact.joins),
        _missing_moment("closed"),
        _missing_moment("resolved"),
        Check("resolved_at", "i.resolved_at < i.created_at", "'is before created_at'"),
        Check("closed_at", "i.closed_at < i.created_at", "'is before created_at'"),
        Check("closed_at", "i.closed_at < i.resolved_at", "'is before resolved_at'"),
        marked("ticket_fee"),
        *frozen("ticket_fee", (("contract", "i.contract_key", "was_contract_key.external_id"),)),
        Check(
            "client",
            f"i.client_key IS DISTINCT FROM was_client_key.external_id AND t.id IS NOT NULL AND ({_WORK_IS_CLAIMED})",
            "'cannot change: work of the ticket is billed, covered or billed elsewhere'",
        ),
    ),
    derive=(_REOPENED,),
    before=(release_mark("ticket_fee", "ticket"),),
    after=(claim_mark("ticket_fee", "ticket", "tickets_ticket"),),
)
