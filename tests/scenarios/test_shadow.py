"""A client on trial: what would have been billed beside what was billed by hand (T-18)."""

from __future__ import annotations

import json

from invoicing.models import Claim
from tests.scenarios.story import command


def compared():
    """Ticket -> verdict and difference in cents; and the sums of the client."""
    report = json.loads(command("shadow_report", client="acme", format="json"))
    return {one["ticket"]: (one["verdict"], one["difference_cents"]) for one in report["differences"]}, report[
        "clients"
    ]


def on_trial(story):
    """Billed by hand to the cent, without rounding, not at all, and although nothing was to be billed."""
    story.client(automation="shadow", hourly_rate="100.00")
    story.ticket().entry("1.50").has("manual_bill", amount_cents=15000)
    story.ticket().entry("0.40").has("manual_bill", ticket="t2", amount_cents=4000)
    story.ticket().entry("2.00")
    return story.ticket().entry("1.00", billable=False).has("manual_bill", ticket="t4", amount_cents=10000)


def test_T_18_shadow_tells_what_differs_from_the_bills_written_by_hand(story):
    on_trial(story).bill()

    differing, (sums,) = compared()

    assert differing == {"t2": ("differs", 1000), "t3": ("only_shadow", 20000), "t4": ("only_manual", -10000)}
    assert (sums["equal"], sums["shadow_cents"], sums["manual_cents"]) == (1, 40000, 29000)
    assert story.documents() == []
    assert not Claim.objects.exists()


def test_T_18_from_shadow_to_draft_the_trial_s_tickets_stay_unbilled_and_later_ones_are_billed(story):
    on_trial(story).bill()
    story.decide(
        "enrol_client", "acme", automation="draft", reason="the trial went well", at="2026-01-20T09:00:00+01:00"
    )
    story.ticket(created_at="2026-01-20T10:00:00+01:00", closed_at="2026-01-21T17:00:00+01:00")
    story.entry("1.00", work_date="2026-01-21")

    story.bill(at="2026-01-22T09:00:00+01:00")

    assert story.lines() == ["time 1 @ 100 = 10000"]
    assert story.state("t1") == ("skipped", "closed_before_enrolment")
    assert compared()[1][0]["shadow_cents"] == 40000
