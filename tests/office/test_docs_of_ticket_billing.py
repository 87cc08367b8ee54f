"""docs/ticket-billing.md: every rule is there with an example, and the demo's month comes to the figures it names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from contracts.models import Allocation, FairUseReview
from tests.commands.running import run
from tests.factories import configure
from tests.office.test_import_demo import DEMO, NAMES
from tickets.models import Ticket, TimeEntry

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "ticket-billing.md").read_text(encoding="utf-8")
RULES = [f"T-{number:02}" for number in range(1, 27)]
AT = "2026-11-02T09:00:00+01:00"
OF_TICKET = re.compile(r"^Ticket (\d+): ")


def sections():
    """Rule -> its part of the document."""
    parts = re.split(r"^## (T-\d\d) .*$", DOCUMENT, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def examples(part):
    """The lines of a part's demo blocks, with single blanks."""
    return [
        " ".join(line.split())
        for block in re.findall(r"^```demo\n(.*?)^```$", part, flags=re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
        if line.strip()
    ]


def bill_the_month(settings):
    """The demo as `run.py demo` bills it: its flags, its decisions, and the workers' part by the catch-up."""
    configure(settings, auto_bill_on_close=True, delay_minutes=0)
    ended = [
        run("import_records", *(str(DEMO / name) for name in NAMES)),
        run("demo_close", "--at", AT),
        run("bill_tickets", "--at", AT),
    ]
    assert [one.code for one in ended] == [0, 0, 0]


def of_documents():
    """Documents and their lines, as the export prints them; a line is told by its ticket's number or by its client."""
    for text in run("export_invoices").lines:
        document = json.loads(text)
        count = len(document["lines"])
        head = f"{document['client']} {document['status']} {count} line{'' if count == 1 else 's'}"
        yield f"{head} = {document['subtotal_cents']} {document['currency']}"
        for line in document["lines"]:
            found = OF_TICKET.match(line["description"])
            unit = f" {line['unit']}" if line["unit"] else ""
            told = f"{line['kind']} {line['quantity']}{unit} @ {line['unit_price']} = {line['amount_cents']}"
            owner = found[1] if found else document["client"]
            told += "" if found else f" {line['description']}"
            yield f"{owner} {told}" if document["status"] != "discarded" else f"{owner} discarded {told}"
            yield f"{owner} {told} {line['tax_category']} {line['tax_rate']}"


def of_tickets():
    """What became of each ticket, and what it took from an allowance."""
    for ticket in Ticket.objects.all():
        yield f"{ticket.number} {ticket.billing_status} {ticket.billing_reason}".strip()
    numbers = dict(Ticket.objects.values_list("pk", "number"))
    entries = dict(TimeEntry.objects.values_list("pk", "ticket__number"))
    for use in Allocation.objects.filter(released_at=None).exclude(kind="opening"):
        if use.kind == "ticket":
            yield f"{numbers[use.source_id]} covered {use.tickets} ticket"
        else:
            yield f"{entries[use.source_id]} covered {use.seconds} s"


def of_reports():
    """The comparison with what was billed by hand, and what is flagged for review."""
    numbers = dict(Ticket.objects.values_list("external_id", "number"))
    for one in run("shadow_report", "--format", "json").json["differences"]:
        yield f"{numbers[one['ticket']]} {one['verdict']} {one['shadow_cents']} - {one['manual_cents']}"
    for review in FairUseReview.objects.select_related("contract"):
        yield f"{review.contract.external_id} {review.month:%Y-%m} {review.finding}"


def test_every_rule_has_its_part_with_an_example():
    assert list(sections()) == RULES
    assert [rule for rule, part in sections().items() if not examples(part)] == []


def test_the_list_at_the_top_leads_to_every_rule():
    headings = re.findall(r"^## (T-\d\d .*)$", DOCUMENT, flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]

    assert re.findall(r"^\[(T-\d\d .*)\]\(#(.*)\)", DOCUMENT, flags=re.MULTILINE) == [
        *zip(headings, anchors, strict=True)
    ]


@pytest.mark.django_db
def test_the_demo_comes_to_the_figures_that_the_document_names(settings):
    bill_the_month(settings)

    true = {*of_documents(), *of_tickets(), *of_reports()}
    reasons = set(Ticket.objects.exclude(billing_reason="").values_list("billing_reason", flat=True))

    assert [line for part in sections().values() for line in examples(part) if line not in true] == []
    # Every outcome that does not need a breakdown has its ticket, and each is told.
    assert {line.split()[-1] for line in examples(sections()["T-02"])} == reasons | {"billed", "unbilled"}
    assert run("verify_billing").code == 0
