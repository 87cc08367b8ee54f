"""Settings of automation are changed in the admin, with reason and record; each process goes by them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import config
from config import overrides
from invoicing.models import AuditEntry, StoredSetting
from invoicing.stored_settings import ChangedMeanwhile, Reader, plan_setting, read_all, store_setting
from invoicing.switches import stop_automation
from tests.desk import said, text_of
from tests.factories import NOW, ClientFactory, closed_ticket, configure, later
from tests.signing_in import signed_in
from tickets import automation

pytestmark = pytest.mark.django_db

PAGE = "admin:invoicing_storedsetting_changelist"
WHY = "the pilot begins"


def address(name, verb="change"):
    return reverse(f"admin:invoicing_storedsetting_{verb}", args=[name])


def store(name, value, *, seen=None, at=NOW, **how):
    change = store_setting(name, value, seen=seen, at=at, **{"reason": WHY, "by": "ann", **how})
    overrides.know(read_all())  # what each process finds when it asks next
    return change


def answer(browser, name, verb="change", **fields):
    return browser.post(address(name, verb), {"confirmed": "yes", "reason": WHY, "seen": "", **fields})


def test_an_administrator_stores_a_value_and_takes_it_away_again():
    browser = signed_in("administrator", username="ann")

    stored = answer(browser, "AUTO_BILL_ON_CLOSE", value="true")
    overrides.know(read_all())
    on = config.billing()
    page = text_of(browser.get(reverse(PAGE)))
    row = StoredSetting.objects.get()
    away = answer(browser, "AUTO_BILL_ON_CLOSE", "environment", seen=row.changed_at.isoformat())
    overrides.know(read_all())

    assert said(stored)[0] == "AUTO_BILL_ON_CLOSE: false → true. In force everywhere within ten seconds."
    assert (on.auto_bill_on_close, on.enrolment_default) == (True, "draft")
    assert WHY in page
    assert address("AUTO_BILL_ON_CLOSE", "environment") in page
    assert away.status_code == 302
    assert config.billing().auto_bill_on_close is False
    audited = AuditEntry.objects.filter(action__startswith="setting.").order_by("pk")
    assert [(one.action, one.by, one.reason, one.data) for one in audited] == [
        ("setting.stored", "ann", WHY, {"name": "AUTO_BILL_ON_CLOSE", "before": "false", "after": "true"}),
        ("setting.taken_back", "ann", WHY, {"name": "AUTO_BILL_ON_CLOSE", "before": "true", "after": "false"}),
    ]


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("BILLING_DELAY_MINUTES", "soon", "not a whole number; allowed: a whole number from 0 to 10080."),
        ("BILLING_STRATEGY_DEFAULT", "mixed", "BILLING_STRATEGY_DEFAULT is mixed while BILLING_ALLOW_MIXED is off"),
        ("BILLING_NON_BILLABLE_TYPES", "<script>alert(1)</script>", "&lt;script&gt;alert(1)"),
    ],
)
def test_what_is_no_value_or_contradicts_another_setting_is_refused_with_the_sentence(settings, name, value, refusal):
    configure(settings, allow_mixed=False)

    page = answer(signed_in("administrator"), name, value=value)

    assert page.status_code == 200
    assert refusal in text_of(page)
    assert "<script>alert" not in text_of(page)
    assert not StoredSetting.objects.exists()


def test_a_reason_is_needed_and_a_double_click_stores_once():
    browser = signed_in("administrator")

    refused = answer(browser, "BILLING_DUE_DAYS", value="10", reason=" ")
    for _ in range(2):
        assert answer(browser, "BILLING_DUE_DAYS", value="10").status_code == 302

    assert refused.status_code == 200
    assert AuditEntry.objects.filter(action="setting.stored").count() == 1


def test_a_stale_form_overwrites_nothing_and_shows_what_was_stored_meanwhile():
    store("BILLING_DUE_DAYS", "10", by="bob")

    page = answer(signed_in("administrator"), "BILLING_DUE_DAYS", value="20")

    assert "Somebody changed this setting meanwhile." in text_of(page)
    assert "bob" in text_of(page)
    assert StoredSetting.objects.get().value == "10"
    with pytest.raises(ChangedMeanwhile):
        store("BILLING_DUE_DAYS", None, seen=later(minutes=1))


def test_two_stored_values_that_contradict_each_other_are_refused_and_a_plan_writes_nothing():
    store("BILLING_ALLOW_MIXED", "false")

    with pytest.raises(ValueError, match="BILLING_STRATEGY_DEFAULT is mixed while BILLING_ALLOW_MIXED is off"):
        store("BILLING_STRATEGY_DEFAULT", "mixed")
    plan = plan_setting("BILLING_STRATEGY_DEFAULT", "per_ticket")

    assert (plan.before, plan.after) == ("time_based", "per_ticket")
    assert StoredSetting.objects.count() == 1
    for name in ("TICKET_BILLING_ENABLED", "SELLER_NAME", "NO_SUCH"):
        with pytest.raises(ValueError, match="can be stored"):
            store(name, "false")


def test_only_administrators_change_and_everybody_who_may_look_sees():
    for role in ("viewer", "clerk", "approver"):
        browser = signed_in(role)
        assert browser.get(reverse(PAGE)).status_code == 200
        assert "Change…" not in text_of(browser.get(reverse(PAGE)))
        assert "Store</button>" not in text_of(browser.get(address("BILLING_DUE_DAYS")))
        assert answer(browser, "BILLING_DUE_DAYS", value="10").status_code == 403
        assert answer(browser, "BILLING_DUE_DAYS", "environment").status_code == 403
    browser = signed_in("administrator")
    assert browser.get(address("TICKET_BILLING_ENABLED")).status_code == 404
    assert browser.get(address("BILLING_DUE_DAYS")).status_code == 200
    assert not StoredSetting.objects.exists()


def test_the_page_says_who_follows_the_default_whether_automation_is_stopped_and_what_does_not_count():
    ClientFactory.create_batch(2, automation="")
    stop_automation(reason="stocktaking", by="ann", at=NOW)
    for name, value in (("BILLING_ROUNDING_LEVEL", "fortnight"), ("BILLING_OF_OLD", "1")):
        StoredSetting.objects.create(name=name, value=value, changed_at=NOW, changed_by="ann", reason=WHY)
    browser = signed_in("administrator")

    with CaptureQueriesContext(connection) as captured:
        page = text_of(browser.get(reverse(PAGE)))
    form = text_of(browser.get(address("AUTO_BILL_ON_CLOSE")))

    assert "Automation is stopped." in page
    assert "stocktaking" in page
    assert "no such choice" in page
    assert "BILLING_OF_OLD" in page
    assert "2 clients have no enrolment of their own" in form
    assert len(captured) <= 20


def test_T_02_a_stored_setting_bills_what_was_set_aside_once_every_process_has_heard_of_it(monkeypatch):
    ticket = closed_ticket("1.00", client=ClientFactory.create(automation=""))
    list(automation.sweep(at=NOW))
    store("AUTO_BILL_ON_CLOSE", "true")

    found = []
    for heard_of_it, at in ((True, later(seconds=60)), (False, later(seconds=9)), (False, later(seconds=10))):
        monkeypatch.setattr(overrides, "changed_within", lambda seconds, heard=heard_of_it: heard)
        list(automation.sweep(at=at))
        ticket.refresh_from_db()
        found.append(ticket.billing_status)

    assert found == ["skipped", "skipped", "billed"]


def test_show_settings_tells_environment_stored_and_who_stored_it():
    store("BILLING_DUE_DAYS", "10")
    out = StringIO()

    call_command("show_settings", "BILLING_DUE_DAYS", stdout=out)
    lines = out.getvalue().splitlines()
    out = StringIO()
    call_command("show_settings", "BILLING_DUE_DAYS", "--format", "json", stdout=out)
    found = json.loads(out.getvalue())

    assert lines[0].split() == ["BILLING_DUE_DAYS", "10", "stored"]
    assert lines[3:] == ["Environment: 30 (default)", f"Stored: 10, by ann at {NOW.isoformat()}: {WHY}"]
    assert (found["value"], found["source"], found["environment"]) == ("10", "stored", "30")
    assert found["stored"]["changed_by"] == "ann"


@pytest.mark.django_db(transaction=True)
def test_I_24_a_process_finds_between_transactions_what_another_one_stored_in_one_statement():
    overrides.forget()
    before = config.billing().due_days
    store_setting("BILLING_DUE_DAYS", "10", seen=None, reason=WHY, by="ann", at=NOW)

    with CaptureQueriesContext(connection) as captured:
        found = [config.billing().due_days for _ in range(100)]

    assert (before, set(found), len(captured)) == (30, {10}, 1)
    assert Reader()(first=False) == read_all()
