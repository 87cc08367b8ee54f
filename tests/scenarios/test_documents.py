"""From import lines to the issued document, with its tax, its dates, its sources and its explanation."""

from __future__ import annotations

import json

from tests.scenarios.story import command


def test_two_tickets_become_one_numbered_invoice_whose_sums_add_up(story):
    story.client(hourly_rate="100.00").ticket().entry("2.50").ticket().entry("0.50").expense("49.90", tax_rate="7")

    story.bill().issue(at="2026-01-31T09:00:00+01:00")

    (document,) = story.documents()
    assert (document["number"], document["status"], document["currency"]) == ("INV-2026-00001", "open", "EUR")
    assert (document["issue_date"], document["due_date"]) == ("2026-01-31", "2026-03-02")
    assert sorted((tax["category"], tax["taxable_cents"], tax["tax_cents"]) for tax in document["tax"]) == [
        ("S", 4990, 349), ("S", 30000, 5700),
    ]  # fmt: skip
    assert (document["subtotal_cents"], document["tax_cents"], document["total_cents"]) == (34990, 6049, 41039)


def test_a_line_names_its_sources_and_explains_its_amount(story):
    story.client().contract(hourly_rate="100.00", per_ticket_rate="50.00").ticket().entry("0.40").entry("0.70")

    story.bill()

    time, fee = story.documents()[0]["lines"]
    sources = [(source["type"], source["id"], source["quantity"]) for source in time["sources"]]
    assert sources == [("time_entry", "e1", "1440"), ("time_entry", "e2", "2520")]
    assert [(source["type"], source["id"]) for source in fee["sources"]] == [("ticket_fee", "t1")]
    explained = time["explanation"]
    assert explained["inputs"]["time_entries"][0]["rate_source"] == "contract c1"
    assert [step["step"] for step in explained["steps"]] == ["rounding", "amount"]
    assert (explained["steps"][0]["worked_seconds"], explained["steps"][0]["billed_seconds"]) == (3960, 4500)
    assert explained["steps"][1]["amount_cents"] == time["amount_cents"] == 12500


def test_the_run_tells_what_the_document_then_holds(story):
    story.client().ticket().entry("1.25").ticket().entry("0.10", billable=False).bill()

    charged, skipped = story.outcomes["t1"], story.outcomes["t2"]

    (document,) = story.documents()
    (line,) = document["lines"]
    assert (charged["outcome"], charged["invoice"], charged["subtotal_cents"]) == ("charge", document["id"], 10000)
    (told,) = charged["lines"]
    assert {key: told[key] for key in ("quantity", "unit_price", "amount_cents", "explanation")} == {
        key: line[key] for key in ("quantity", "unit_price", "amount_cents", "explanation")
    }
    assert (skipped["outcome"], skipped["reason"], skipped["lines"]) == ("skip", "nothing_to_bill", [])


def test_a_dry_run_tells_what_the_run_then_does_and_writes_nothing(story):
    story.client().contract(included_hours="2.00", hourly_rate="100.00")
    for hours in ("1.20", "1.40", "0.30"):
        story.ticket().entry(hours)
    story.import_lines()

    dry = json.loads(command("bill_tickets", format="json", at="2026-01-16T09:00:00+01:00", dry_run=True))
    untouched = story.documents()
    story.bill()

    assert untouched == []
    assert [one["subtotal_cents"] for one in dry["tickets"]] == [0, 7500, 5000]
    assert [(one["outcome"], one["lines"]) for one in dry["tickets"]] == [
        (one["outcome"], one["lines"]) for one in story.outcomes.values()
    ]


def test_a_second_run_bills_nothing(story):
    story.client().ticket().entry("1.00").bill()
    before = story.documents()

    story.bill(at="2026-01-17T09:00:00+01:00")

    assert story.outcomes == {}
    assert story.documents() == before


def test_the_same_lines_again_change_nothing(story):
    story.client().ticket().entry("1.00")
    lines = list(story.pending)
    story.bill()
    before = story.documents()

    story.pending = lines
    story.bill(at="2026-01-17T09:00:00+01:00")

    assert (story.outcomes, story.documents()) == ({}, before)


def test_amounts_follow_the_places_of_the_currency(story):
    story.client(currency="JPY", hourly_rate="3333").client(id="kuwait", currency="KWD", hourly_rate="33.333")
    story.ticket().entry("0.25").ticket(client="kuwait").entry("0.25")

    story.bill()

    assert (story.subtotals("acme"), story.subtotals("kuwait")) == ([833], [8333])
