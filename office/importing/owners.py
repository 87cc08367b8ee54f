"""Which client a contract or a contact of a line belongs to, in the file or in what is stored."""

from __future__ import annotations

from dataclasses import dataclass

_TABLES = {"contract": "contracts_contract", "contact": "contracts_contact"}


@dataclass(frozen=True, slots=True)
class Owner:
    """SQL for a check: the joins to make, and the client's id (null where the reference is null or dangling)."""

    key: str
    joins: str


def client_of(reference: str) -> Owner:
    """The owner of the `contract` or the `contact` that the line names."""
    joins = (
        f" LEFT JOIN import_{reference} i_{reference} ON i_{reference}.key = i.{reference}_key"
        f" LEFT JOIN {_TABLES[reference]} d_{reference} ON d_{reference}.external_id = i.{reference}_key"
        f" LEFT JOIN contracts_client d_{reference}_client ON d_{reference}_client.id = d_{reference}.client_id"
    )
    # What is stored counts first: a record never moves to another client.
    return Owner(f"COALESCE(d_{reference}_client.external_id, i_{reference}.client_key)", joins)
