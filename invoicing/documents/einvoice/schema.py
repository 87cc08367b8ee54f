"""Holding XML to the schema of its syntax; each schema is read once in a process."""

from __future__ import annotations

from functools import cache

from lxml import etree

from invoicing.documents.einvoice.rule_files import SCHEMAS, folder


def problems(xml: bytes, syntax: str) -> list[str]:
    """What the schema of "cii" or "ubl" finds wrong."""
    document = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    schema = _schema("cii" if syntax == "cii" else etree.QName(document).localname)
    if schema.validate(document):
        return []
    return [str(error.message) for error in schema.error_log]


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder() / SCHEMAS[name]))
