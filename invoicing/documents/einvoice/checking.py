"""Whether a document would be a valid electronic invoice, and if not, what to do about it."""

from __future__ import annotations

import config
from invoicing.documents.content import DocumentContent
from invoicing.documents.einvoice import schema, schematron
from invoicing.documents.einvoice.facts import facts_of
from invoicing.documents.einvoice.house_rules import findings
from invoicing.documents.einvoice.writing import FORMATS, written

MOST_PROBLEMS = 10
# Factur-X wants its own profiles named in BT-24; XRechnung names itself there and else keeps to the same rules.
OF_FACTUR_X_ALONE = "FX-SCH-A-000556"


def problems_of(content: DocumentContent, format: str) -> list[str]:  # noqa: A002 - what everybody calls it
    """Why the document is no valid e-invoice in the format: sentences, each with the rule; [] where it is one.

    XML schema and the rules that are told in our own words always; all of EN 16931 where saxonche is installed and
    BILLING_SCHEMATRON is auto. Raises KeyError for an unknown format.
    """
    known = FORMATS[format]
    facts = facts_of(content)
    told = findings(facts, content, known)
    xml = written(facts, format)
    problems = [f"{finding.rule}: {finding.sentence}" for finding in told]
    if not problems:
        problems += [f"XML schema: {problem}" for problem in schema.problems(xml, known.syntax)]
    if config.billing().schematron == "auto" and schematron.is_installed():
        said = {finding.rule for finding in told} | ({OF_FACTUR_X_ALONE} if known.is_xrechnung else set())
        problems += [str(broken) for broken in schematron.broken_rules(xml, known.syntax) if broken.rule not in said]
    return list(dict.fromkeys(problems))[:MOST_PROBLEMS]
