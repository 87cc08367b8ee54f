"""People waive cases and decide about changes, with a reason and on record (G-08, G-13)."""

from __future__ import annotations

import pytest

from gateway_billing.deciding import APPROVED, CANCELLED, decide_changes
from gateway_billing.models import ServiceCase, ServiceChange
from gateway_billing.waiving import waive_cases
from invoicing.claims import NewClaim, claim
from invoicing.models import AuditEntry
from invoicing.transitions import InvalidTransition
from rating.charge import Source
from tests.commands.running import run, run_read_only
from tests.factories import UserFactory
from tests.gateway_factories import RUN, ServiceCaseFactory, ServiceChangeFactory

pytestmark = pytest.mark.django_db

AT = ("--at", RUN.isoformat())
HOW = ("--reason", "our own test", "--by", "petra", *AT)


def test_G_13_cases_are_waived_once_all_or_none_and_on_record():
    one, other = ServiceCaseFactory.create(), ServiceCaseFactory.create()

    assert run_read_only("waive_cases", one.external_id, *HOW, "--dry-run").lines == ["1 service case waived"]
    assert run("waive_cases", one.external_id, *HOW).code == 0

    one.refresh_from_db()
    assert (one.waived_at, one.waived_by, one.waive_reason) == (RUN, "petra", "our own test")
    assert AuditEntry.objects.get(action="service_case.waived").subject_id == one.pk
    again = run("waive_cases", other.external_id, one.external_id, *HOW)
    assert (again.code, "was waived by petra" in again.err) == (1, True)
    assert list(ServiceCase.objects.unbilled()) == [other]


def test_G_13_a_billed_case_is_not_waived_by_the_method_either():
    case = ServiceCaseFactory.create()
    claim([NewClaim(Source("service_case", case.pk), "free")], at=RUN)
    before = ServiceCase.objects.values().get()

    with pytest.raises(InvalidTransition, match="is billed: cancel or credit its document"):
        waive_cases([case.pk], reason="goodwill", by="petra", at=RUN)
    with pytest.raises(LookupError, match="not every service case"):
        waive_cases([0], reason="goodwill", by="petra", at=RUN)
    with pytest.raises(ValueError, match="say why"):
        waive_cases([case.pk], reason="", by="petra", at=RUN)

    assert ServiceCase.objects.values().get() == before


def test_G_08_changes_are_approved_or_cancelled_once_with_who_and_when():
    wanted, unwanted = (ServiceChangeFactory.create(status="pending") for _ in range(2))

    assert run("decide_changes", wanted.external_id, "--by", "petra", *AT).lines == ["1 service change approved"]
    refused = run("decide_changes", unwanted.external_id, "--cancel", "--by", "petra", *AT)
    assert (refused.code, "--reason: say why" in refused.err) == (1, True)
    assert run("decide_changes", unwanted.external_id, "--cancel", *HOW).code == 0

    found = ServiceChange.objects.order_by("pk").values_list("status", "approved_by", "approved_at")
    assert list(found) == [("approved", "petra", RUN), ("cancelled", "", None)]
    with pytest.raises(InvalidTransition, match="is approved"):
        decide_changes([wanted.pk], CANCELLED, reason="late", by="petra", at=RUN)
    with pytest.raises(LookupError, match="not every service change"):
        decide_changes([0], APPROVED, by="petra", at=RUN)


@pytest.mark.parametrize("command", ["waive_cases", "decide_changes"])
def test_a_clerk_may_not_decide_and_an_unknown_id_is_named(command):
    UserFactory.create(username="clara", role="clerk")
    case, change = ServiceCaseFactory.create(), ServiceChangeFactory.create(status="pending")
    known = case.external_id if command == "waive_cases" else change.external_id

    ended = run(command, known, "--reason", "x", "--by", "clara", *AT)
    missing = run(command, "nobody", *HOW)

    assert (ended.code, "is not among the permissions of clara" in ended.err) == (1, True)
    assert (missing.code, "there is no service" in missing.err) == (1, True)
