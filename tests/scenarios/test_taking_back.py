"""Issued documents that are cancelled or credited, from import lines to the export (T-20, D-03, M-04)."""

from __future__ import annotations

from tests.scenarios.story import ADDRESS

NEXT, LATER = "2026-01-17T09:00:00+01:00", "2026-01-18T09:00:00+01:00"
WHY = {"reason": "wrong address"}


def issued(story):
    """Time partly prepaid, a fee and an expense, on an issued document."""
    story.client().contract(included_hours="0.50", hourly_rate="100.00", per_ticket_rate="50.00")
    return story.ticket().entry("1.00").expense("10.00").bill().issue()


def told(story):
    return [(one["kind"], one["number"], one["status"], one["total_cents"]) for one in story.documents()]


def test_T_20_a_cancelled_document_stays_and_its_work_is_billed_under_a_new_number(story):
    issued(story)
    (first,) = story.documents()

    story.decide("void_invoice", first["id"], at=NEXT, **WHY)
    assert (story.state(), story.used()) == (("unbilled", ""), {})
    story.bill(at=LATER).issue(at=LATER)

    assert told(story) == [
        ("invoice", "INV-2026-00001", "void", 13090),
        ("cancellation", "CA-2026-00001", "paid", -13090),
        ("invoice", "INV-2026-00002", "open", 13090),
    ]
    first_again, cancellation, second = story.documents()
    assert (first_again["replaced_by"], first_again["credited_cents"]) == ([second["id"]], 13090)
    assert cancellation["reason"] == "wrong address"
    assert cancellation["cancels"] == first["id"]
    assert [line["amount_cents"] for line in cancellation["lines"]] == [-5000, -5000, -1000]
    assert [line["sources"] for line in second["lines"]] == [line["sources"] for line in first["lines"]]
    assert story.used() == {"2026-01": (0, 1800)}


def test_T_20_a_credited_line_gives_back_exactly_its_work(story):
    issued(story)
    (first,) = story.documents()

    story.decide("credit_invoice", first["id"], "--line", "3", at=NEXT, **WHY)
    story.bill(at=LATER)

    assert told(story)[:2] == [
        ("invoice", "INV-2026-00001", "open", 13090), ("credit_note", "CN-2026-00001", "paid", -1190)
    ]  # fmt: skip
    assert [line["kind"] for line in story.documents()[2]["lines"]] == ["expense"]


def test_M_04_a_discount_goes_on_the_first_document_of_the_month_and_comes_back_with_its_cancellation(story):
    story.client(id="beta", name="Beta GmbH", address=ADDRESS)
    discount = {
        "type": "discount",
        "id": "d1",
        "client": "beta",
        "month": "2026-01",
        "percent": "10",
        "reason": "Goodwill",
    }
    story.pending.append(discount)
    story.ticket(client="beta").entry("1.25").bill().issue()
    (first,) = story.documents("beta")
    assert (first["subtotal_cents"], first["discount_cents"], first["tax_cents"]) == (10000, 1000, 1710)
    assert first["total_cents"] == 10710
    assert first["discounts"] == [{"id": "d1", "reason": "Goodwill", "amount_cents": 1000}]

    story.decide("void_invoice", first["id"], at=NEXT, **WHY)
    story.bill(at=LATER).issue(at=LATER)

    totals = [(one["kind"], one["discount_cents"], one["total_cents"]) for one in story.documents("beta")]
    assert totals == [("invoice", 1000, 10710), ("cancellation", -1000, -10710), ("invoice", 1000, 10710)]
