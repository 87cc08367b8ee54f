"""Contacts: the people at a client."""

from __future__ import annotations

from contracts.models import Contact
from office.importing.keys import Of
from office.importing.record_type import RecordType
from office.importing.values import email

of = Of(Contact)

CONTACT = RecordType(
    "contact",
    Contact,
    keys=(of.reference("client", "client", fixed=True), of.text("name"), of.value("email", email)),
)
