"""People see what Stripe told, have it tried again and close what does not fit, with a reason (D-05)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.models import Anomaly, AuditEntry, Heartbeat, StripeEvent
from invoicing.stripe import anomalies
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.telling import event_body, now, process, set_up, signed
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db
EVENTS, ANOMALIES = reverse("admin:invoicing_stripeevent_changelist"), reverse("admin:invoicing_anomaly_changelist")
YES = {"confirmed": "yes", "reason": "looked at"}


def test_D_05_a_parked_event_is_shown_with_its_reason_and_body_and_replayed_once(settings: Any) -> None:
    set_up(settings)
    thing = {"id": "in_1", "object": "invoice", "status": "<b>open", "currency": "eur", "total": 1, "amount_paid": 0}
    for n in range(3):
        signed(event_body(id=f"evt_{n}", type="invoice.sent", data={"object": thing}))
    process(hours=80)
    first = StripeEvent.objects.earliest("pk").pk
    page, replay = (reverse(f"admin:invoicing_stripeevent_{verb}", args=[first]) for verb in ("change", "replay"))
    viewer, clerk = signed_in("viewer"), signed_in("clerk")

    with CaptureQueriesContext(connection) as queries:
        listed = viewer.get(EVENTS, {"q": "evt_1", "type": "invoice.sent"}).content.decode()
    assert len(queries) <= 20
    assert "invoice in_1 is not known here" in listed
    shown = viewer.get(page).content.decode()
    assert "&quot;status&quot;: &quot;&lt;b&gt;open&quot;" in shown
    assert "Replay…" not in shown
    assert viewer.post(replay, YES).status_code == 403

    assert "Replay…" in clerk.get(page).content.decode()
    assert clerk.post(replay, {"confirmed": "yes"}).status_code == 200
    assert not AuditEntry.objects.filter(action="stripe_event.replayed").exists()
    clerk.post(replay, YES)
    chosen = {"action": "replay_chosen", "_selected_action": list(StripeEvent.objects.values_list("pk", flat=True))}
    assert "Have 3 events processed again?" in clerk.post(EVENTS, chosen).content.decode()
    clerk.post(EVENTS, chosen | YES)
    assert set(StripeEvent.objects.values_list("status", "attempts")) == {("pending", 0)}
    replays = AuditEntry.objects.filter(action="stripe_event.replayed", reason="looked at")
    assert replays.count() == 4


def test_I_12_a_finding_is_closed_by_a_clerk_with_a_reason_and_the_open_ones_come_first() -> None:
    document = draft(1000)
    issue(document)
    for n in range(2):
        anomalies.note("void_at_stripe", f"Finding {n}", invoice=document, key=str(n), at=now())
    _, second = Anomaly.objects.order_by("pk")
    viewer, clerk = signed_in("viewer"), signed_in("clerk")
    address = reverse("admin:invoicing_anomaly_close", args=[second.pk])

    assert viewer.post(address, YES).status_code == 403
    assert clerk.post(address, {"confirmed": "yes", "reason": ""}).status_code == 200
    assert Anomaly.objects.filter(closed_at__isnull=True).count() == 2
    clerk.post(address, YES)
    second.refresh_from_db()
    assert (second.closing_reason, second.closed_by) == ("looked at", AuditEntry.objects.latest("pk").by)
    assert "Compared with Stripe" not in clerk.get(ANOMALIES).content.decode()
    Heartbeat.objects.create(name="stripe reconciliation", at=now())
    with CaptureQueriesContext(connection) as queries:
        listed = clerk.get(ANOMALIES).content.decode()
    assert len(queries) <= 20
    assert "Compared with Stripe on" in listed
    assert listed.index("Finding 0") < listed.index("Finding 1")
    assert "Finding 1" not in clerk.get(ANOMALIES, {"state": "open"}).content.decode()
