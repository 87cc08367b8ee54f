"""Worked examples: what recurs with a contract, and single charges, from import lines to the export (T-26)."""

from __future__ import annotations

FEBRUARY, MARCH, APRIL = (f"2026-{month}-01T09:00:00+02:00" for month in ("02", "03", "04"))
DECEMBER = "2026-12-31T09:00:00+01:00"


def told(story):
    """Description and amount of each line, as exported."""
    return [
        (line["description"].removeprefix("Managed seat, "), line["amount_cents"])
        for document in story.documents()
        for line in document["lines"]
    ]


def test_T_26_seats_are_quantity_times_price_and_name_their_period(story):
    story.client().contract().recurring().recur()

    (line,) = story.documents()[0]["lines"]
    assert story.lines() == ["recurring 12 @ 19 = 22800"]
    assert line["description"] == "Managed seat, 01.01.2026 bis 31.01.2026"
    assert line["sources"] == [{"type": "recurring", "id": "m1", "quantity": "12", "amount_cents": 22800}]


def test_T_26_a_charge_comes_back_every_month_quarter_or_year(story):
    story.client().contract()
    for interval, price in (("monthly", "1.00"), ("quarterly", "3.00"), ("yearly", "12.00")):
        story.recurring(interval=interval, quantity="1", unit_price=price)

    story.recur(at=DECEMBER)

    assert sorted(amount for _, amount in told(story)) == [100] * 12 + [300] * 4 + [1200]


def test_T_26_in_advance_is_billed_at_once_and_in_arrears_when_the_month_is_over(story):
    story.client().contract().recurring().recurring(timing="arrears", quantity="1")
    story.recur(at="2026-01-31T09:00:00+01:00")
    before = story.lines()

    story.recur(at=FEBRUARY)

    assert before == ["recurring 12 @ 19 = 22800"]
    assert told(story)[1:] == [("01.02.2026 bis 28.02.2026", 22800), ("01.01.2026 bis 31.01.2026", 1900)]


def test_T_26_a_second_run_bills_nothing(story):
    story.client().contract().recurring().recur()

    story.recur().recur(at="2026-01-31T23:00:00+01:00")

    assert story.subtotals() == [22800]


def test_T_26_without_proration_a_period_that_begins_is_charged_whole(story):
    story.client().contract(end_date="2026-02-10").recurring().recur(at=MARCH)

    assert told(story) == [("01.01.2026 bis 31.01.2026", 22800), ("01.02.2026 bis 28.02.2026", 22800)]


def test_T_26_the_parts_of_a_month_sum_to_the_whole(story):
    """Ten days at the old price and 21 at the same price: 10.00 is cut into 3.23 and 6.77, not into 3.23 and 6.78."""
    story.client().contract().recurring(quantity="1", unit_price="10.00", prorate=True, valid_to="2026-01-10")
    story.recurring(quantity="1", unit_price="10.00", prorate=True, valid_from="2026-01-11", valid_to="2026-01-31")

    story.recur(at=MARCH)

    assert [amount for _, amount in told(story)] == [323, 677]
    assert "10 von 31 Tagen, 1 × 10,00" in told(story)[0][0]


def test_T_26_where_the_contract_says_so_only_its_days_are_charged(story):
    story.client().contract(start_date="2026-01-17", end_date="2026-03-10")
    story.recurring(quantity="1", unit_price="31.00", prorate=True)

    story.recur(at=APRIL)

    assert [amount for _, amount in told(story)] == [1500, 3100, 1000]


def test_T_26_a_single_charge_is_billed_once_with_its_own_tax(story):
    story.client().has("charge", quantity="2", tax_rate="7").recur().recur(at=FEBRUARY)

    (line,) = story.documents()[0]["lines"]
    assert story.lines() == ["charge 2 @ 10 = 2000"]
    assert (line["tax_rate"], [source["id"] for source in line["sources"]]) == ("7", ["z1"])


def test_T_26_tickets_and_what_recurs_share_the_month_s_document(story):
    story.client(hourly_rate="100.00").contract().recurring().ticket().entry("1.00").bill().recur()

    story.issue(at="2026-01-31T09:00:00+01:00")

    (document,) = story.documents()
    assert story.lines() == ["time 1 @ 100 = 10000", "recurring 12 @ 19 = 22800"]
    assert (document["number"], document["subtotal_cents"], document["tax_cents"]) == ("INV-2026-00001", 32800, 6232)
