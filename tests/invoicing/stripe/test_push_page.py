"""The outbox to Stripe in the admin: what waits for what, why something is parked, and trying it again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.models import AuditEntry, StripeCall
from tests.invoicing.stripe.pushing import document, push, sim
from tests.signing_in import signed_in

__all__ = ["sim"]

pytestmark = pytest.mark.django_db

LIST = reverse("admin:invoicing_stripecall_changelist")


def page_of(call):
    return reverse("admin:invoicing_stripecall_change", args=[call.pk])


def test_a_parked_step_says_why_and_a_clerk_has_it_tried_again_with_a_reason(sim):
    document(10000, vat_id="DE0")
    made = document(500, 700)
    push()
    parked = StripeCall.objects.get(status="parked")
    browser = signed_in("clerk", username="petra")
    with CaptureQueriesContext(connection) as queries:
        listed = browser.get(LIST).content.decode()

    assert len(queries) <= 20
    assert "Invalid value for eu_vat." in listed
    assert "after the step before it" in listed
    assert made.number in listed
    asked = browser.post(LIST, {"action": "try_chosen_again", "_selected_action": [parked.pk]}).content.decode()
    assert "Try 1 step again?" in asked
    browser.post(
        LIST, {"action": "try_chosen_again", "_selected_action": [parked.pk], "confirmed": "yes", "reason": "mended"}
    )

    parked.refresh_from_db()
    assert (parked.status, parked.attempts) == ("queued", 0)
    entry = AuditEntry.objects.get(action="stripe.tried_again")
    assert (entry.by, entry.reason) == ("petra", "mended")
    assert "Try again" not in browser.get(page_of(parked)).content.decode()


def test_who_may_only_look_tries_nothing_again(sim):
    document(10000, vat_id="DE0")
    push()
    parked = StripeCall.objects.get(status="parked")
    browser = signed_in("viewer")

    assert browser.get(page_of(parked)).status_code == 200
    browser.post(
        LIST, {"action": "try_chosen_again", "_selected_action": [parked.pk], "confirmed": "yes", "reason": "mended"}
    )
    parked.refresh_from_db()
    assert parked.status == "parked"
