"""To whom a client's documents go."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from contracts.models import Client

_BETWEEN = re.compile(r"[,;]")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Recipients and copies; where there is a problem, a sentence, and nobody is written to."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    problem: str = ""


def addresses_of(client: Client) -> Addresses:
    """The client's address for documents, else its own, with the copies that it wants."""
    address = (client.invoice_email or client.email).strip()
    copies = dict.fromkeys(part.strip() for part in _BETWEEN.split(client.invoice_cc) if part.strip())
    copies.pop(address, None)
    if not address:
        return Addresses((), (), f"client {client.external_id} has no e-mail address")
    wrong = [one for one in (address, *copies) if not _is_address(one)]
    if wrong:
        return Addresses((), (), f"client {client.external_id}: {wrong[0]!r} is no e-mail address")
    return Addresses((address,), tuple(copies))


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
