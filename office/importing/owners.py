"""Whose a contract, a contact, a category or an output of a line is, in the file or in what is stored."""

from __future__ import annotations

from dataclasses import dataclass

from .record_type import Check

_TABLES = {"contract": "contracts_contract", "contact": "contracts_contact"}
_OF_COMPANIES = {
    "case_category": "gateway_billing_casecategory",
    "output_configuration": "gateway_billing_outputconfiguration",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """SQL for a check: the joins to make, and the client's id (null where the reference is null or dangling)."""

    key: str
    joins: str


def client_of(reference: str) -> Owner:
    """The owner of the `contract` or the `contact` that the line names."""
    return _owner(reference, reference, _TABLES[reference], "client")


def another_company(reference: str, kind: str, what: str) -> Check:
    """The check that the record of type `kind` that the line names is of the company of the line, `what`."""
    owner = _owner(reference, kind, _OF_COMPANIES[kind], "company")
    return Check(
        reference,
        f"{owner.key} <> i.company_key",
        f"format('belongs to %s, the {what} to %s', to_json({owner.key}), to_json(i.company_key))",
        owner.joins,
    )


def _owner(reference: str, kind: str, table: str, field: str) -> Owner:
    joins = (
        f" LEFT JOIN import_{kind} i_{reference} ON i_{reference}.key = i.{reference}_key"
        f" LEFT JOIN {table} d_{reference} ON d_{reference}.external_id = i.{reference}_key"
        f" LEFT JOIN contracts_client d_{reference}_{field} ON d_{reference}_{field}.id = d_{reference}.{field}_id"
    )
    # What is stored counts first: a record never moves to another client.
    return Owner(f"COALESCE(d_{reference}_{field}.external_id, i_{reference}.{field}_key)", joins)


# The usage of a client that nobody ever managed would be on no document.
MANAGED = Check(
    "company",
    "(ic.key IS NOT NULL OR dc.id IS NOT NULL) AND ic.managed_by_key IS NULL AND dc.managed_by_id IS NULL"
    " AND NOT EXISTS (SELECT FROM contracts_management m WHERE m.company_id = dc.id)",
    "format('%s is not a managed company: no partner has ever managed it', to_json(i.company_key))",
    " LEFT JOIN import_client ic ON ic.key = i.company_key"
    " LEFT JOIN contracts_client dc ON dc.external_id = i.company_key",
)
