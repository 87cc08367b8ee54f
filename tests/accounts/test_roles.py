"""One table says who may do what, and the backend grants exactly that."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from accounts.backends import RoleBackend
from accounts.models import User
from accounts.roles import ROLES, Role, permissions


def person(role, **fields):
    """A person without a row: the backend reads nothing else."""
    return User(username="kim", role=role, **fields)


DECISIONS = ("tickets.force_billing", "tickets.waive_billing", "tickets.approve_ticket", "invoicing.void_invoice")


def test_every_role_is_in_the_table_and_no_other():
    assert set(ROLES) == set(Role.values)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_look_at_clients_tickets_and_documents(role):
    assert {"contracts.view_client", "tickets.view_ticket", "invoicing.view_auditentry"} <= permissions(role)


def test_a_viewer_may_only_look_and_everybody_may_do_that():
    assert all(".view_" in name for name in permissions("viewer"))
    assert all(permissions("viewer") <= permissions(role) for role in Role.values)


def test_a_technician_records_work_and_bills_nothing():
    granted = permissions("technician")

    assert {"tickets.add_timeentry", "tickets.change_ticket"} <= granted
    assert not any(name.startswith("invoicing.") and ".view_" not in name for name in granted)
    assert "tickets.bill_ticket" not in granted


def test_a_clerk_bills_and_issues_but_decides_no_exception():
    granted = permissions("clerk")

    assert {"tickets.bill_ticket", "invoicing.issue_invoice", "invoicing.record_payment"} <= granted
    assert granted.isdisjoint(DECISIONS)


def test_an_approver_does_all_that_a_clerk_does_and_decides_exceptions():
    assert permissions("clerk") < permissions("approver")
    assert set(DECISIONS) <= permissions("approver")


def test_those_who_log_time_are_not_those_who_approve_it():
    assert "tickets.add_timeentry" not in permissions("approver")
    assert "tickets.approve_timeentry" not in permissions("technician")


def test_only_an_administrator_keeps_people_and_the_automation_switch():
    for name in ("accounts.change_user", "invoicing.switch_automation"):
        assert [role for role in Role.values if name in permissions(role)] == ["administrator"]


def test_nobody_may_delete_or_write_lines_claims_and_audit():
    everything = frozenset().union(*ROLES.values())

    assert not any(".delete_" in name for name in everything)
    assert not any(
        name.endswith(end) and ".view_" not in name
        for name in everything
        for end in ("_invoiceline", "_claim", "_auditentry")
    )


OURS = ("accounts", "contracts", "tickets", "invoicing", "gateway_billing", "office")


def test_every_permission_in_the_table_is_one_that_a_model_declares():
    options = [model._meta for model in apps.get_models()]
    declared = {f"{o.app_label}.{action}_{o.model_name}" for o in options for action in o.default_permissions}
    declared |= {f"{o.app_label}.{codename}" for o in options for codename, _ in o.permissions}

    assert frozenset().union(*ROLES.values()) - declared == set()


def test_every_permission_of_our_own_is_given_to_somebody():
    options = [model._meta for model in apps.get_models() if model._meta.app_label in OURS]
    own = {f"{o.app_label}.{codename}" for o in options for codename, _ in o.permissions}

    assert own - permissions("administrator") == set()


def test_an_unknown_role_may_do_nothing():
    assert permissions("owner") == frozenset()


def test_the_table_cannot_be_changed_while_running():
    with pytest.raises(TypeError):
        ROLES["viewer"] = frozenset()  # type: ignore[index]


@pytest.mark.parametrize("role", Role.values)
def test_the_backend_grants_exactly_the_table(role):
    backend, user = RoleBackend(), person(role)

    assert backend.get_all_permissions(user) == permissions(role)
    assert backend.get_group_permissions(user) == permissions(role)
    assert backend.get_user_permissions(user) == set()
    assert backend.has_perm(user, "tickets.bill_ticket") is ("tickets.bill_ticket" in permissions(role))
    assert backend.has_module_perms(user, "accounts") is (role == "administrator")


@pytest.mark.parametrize("user", [person("administrator", is_active=False), AnonymousUser(), person("unknown")])
def test_the_backend_grants_nothing_to_inactive_and_unknown_people(user):
    assert RoleBackend().get_all_permissions(user) == set()
    assert not RoleBackend().has_perm(user, "tickets.view_ticket")


def test_a_grant_is_for_the_kind_of_thing_and_never_for_one_object_alone():
    assert not RoleBackend().has_perm(person("administrator"), "tickets.view_ticket", person("viewer"))


def test_a_person_asks_the_table_whether_they_may():
    assert person("approver").has_perm("tickets.force_billing")
    assert not person("clerk").has_perm("tickets.force_billing")
    assert person("viewer", is_superuser=True).has_perm("tickets.force_billing")
    assert not person("viewer", is_superuser=True, is_active=False).has_perm("tickets.force_billing")
