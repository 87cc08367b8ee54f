"""Assignments: contacts under a contract."""

from __future__ import annotations

from contracts.models import Assignment
from office.importing.keys import Of
from office.importing.owners import client_of
from office.importing.record_type import Check, RecordType

of = Of(Assignment)

_contract, _contact = client_of("contract"), client_of("contact")

ASSIGNMENT = RecordType(
    "assignment",
    Assignment,
    keys=(
        of.reference("contract", "contract", fixed=True),
        of.reference("contact", "contact"),
        of.day("start_date", "start_on"),
        of.day("end_date", "end_on"),
        of.choice("status"),
        of.choice("billing_frequency"),
        of.decimal("per_ticket_rate"),
        of.decimal("hourly_rate"),
    ),
    checks=(
        Check(
            "contact",
            f"{_contract.key} <> {_contact.key}",
            f"format('is a contact of %s, the contract is of %s', to_json({_contact.key}), to_json({_contract.key}))",
            _contract.joins + _contact.joins,
        ),
        Check("end_date", "i.end_on < i.start_on", "'is before start_date'"),
    ),
)
