"""Bad input at every page: rows that are none of the list, fields that are none of the form, text that is code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from django.contrib import admin
from django.db import DatabaseError, models, transaction
from django.urls import reverse
from lxml import etree

from accounts.roles import Role, permissions
from invoicing.audit import record
from tests.everything import make_everything
from tests.factories import NOW, UserFactory
from tests.routes import TABLES
from tests.signing_in import signed_in
from tests.test_permission_matrix import MISSING, NONSENSE, undrawn, written  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

PAGES = list(admin.site._registry.items())
# What billing decides is in no form. Exceptions are what people agree or report, and no state of billing.
PROTECTED = re.compile(
    r"billing_.*|status|number|.*_cents|settled.*|claimed.*|released.*|issued.*|paid.*|approved.*|waived.*|reopened.*"
    r"|closed_(at|by)|used_by|totals?|subtotal|finished_at"
)
PEOPLE_SAY = {
    ("contracts.contract", "status"): "whether it is signed",
    ("tickets.ticket", "number"): "of the help desk",
    ("invoicing.discount", "amount_cents"): "what is given",
    ("tickets.ticket", "status"): "how far the work is, where it is written down; later it is closed",
    ("tickets.timeentry", "status"): "draft or submitted, where it is written down; later it is approved",
    ("gateway_billing.outputconfiguration", "billing_mode"): "what is agreed",
    ("gateway_billing.outputconfiguration", "base_price_cents"): "what is agreed",
    ("gateway_billing.outputconfiguration", "email_price_cents"): "what is agreed",
    ("gateway_billing.outputconfiguration", "webhook_price_cents"): "what is agreed",
    ("gateway_billing.outputconfiguration", "monthly_flat_price_cents"): "what is agreed",
}


def label(model: type[models.Model]) -> str:
    return model._meta.label_lower


def pages(what: str) -> Iterator[tuple[type[models.Model], Any]]:
    """The pages of tables in which that may be done."""
    yield from ((model, page) for model, page in PAGES if what in TABLES.get(label(model), "").split())


def page_of(model: type[models.Model], what: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def state(row: models.Model) -> dict[str, Any]:
    """All columns of a row, as they are stored."""
    return type(row)._base_manager.filter(pk=row.pk).values().get()


# Fields that are none of the form


def filled(text: str) -> tuple[dict[str, Any], set[str]]:
    """What a browser would send for the form of the row, and the names of all its fields."""
    (form,) = (form for form in lxml.html.fromstring(text).forms if (form.get("id") or "").endswith("_form"))
    # lxml leaves out a field without a value; a browser sends it empty.
    values: dict[str, Any] = {field.name: "" for field in form.inputs if field.name and field.get("type") != "checkbox"}
    several: dict[str, list[str]] = {}
    for name, value in form.form_values():
        several.setdefault(name, []).append(value)
    return values | several, {field.name for field in form.inputs if field.name}


def test_no_form_has_a_field_for_what_billing_decides(undrawn):  # noqa: F811
    make_everything()
    browser, wrong = signed_in("superuser"), []

    for model, _ in PAGES:
        may = TABLES.get(label(model), "").split()
        row = model._default_manager.last()
        for what, args in (("add", ()), ("change", (row.pk if row else 0,))):
            if what in may:
                shown: Any = browser.get(page_of(model, what, *args))
                form = shown.context_data["adminform"].form
                wrong += [
                    f"{what} {label(model)}.{name}"
                    for name in form.fields
                    if PROTECTED.fullmatch(name) and (label(model), name) not in PEOPLE_SAY
                ]

    assert wrong == []


def test_what_is_sent_beside_the_form_changes_nothing():
    make_everything()
    browser, wrong, refused = signed_in("superuser"), [], []

    for model, _ in pages("change"):
        row = model._default_manager.last()
        assert row is not None, f"tests/everything.py makes no {label(model)}"
        sent, names = filled(browser.get(page_of(model, "change", row.pk)).content.decode())
        besides = {
            field.attname: value
            for field in model._meta.concrete_fields
            for value in ["1" if isinstance(field, models.IntegerField | models.ForeignKey) else "paid"]
            if not field.primary_key
            and not any(name == field.name or name.startswith(f"{field.name}_") for name in names)
        }
        before = state(row)
        answer = browser.post(page_of(model, "change", row.pk), {**besides, **sent})
        after = state(row)
        wrong += [f"{label(model)}.{name}" for name in besides if before[name] != after[name]]
        refused += [] if answer.status_code == 302 else [label(model)]

    assert wrong == []
    assert refused == []  # else it was the form that kept it out


# Rows that are none of the list


def test_actions_on_rows_that_are_not_in_the_list_do_nothing(undrawn):  # noqa: F811
    make_everything()
    browser = signed_in("superuser")
    before, asking = written(), _request_of(browser)

    for model, page in PAGES:
        for action in (name for name in page.get_actions(asking) if name):
            for rows in ([MISSING], [NONSENSE], []):
                sent = {"action": action, "_selected_action": rows, "confirmed": "yes", "reason": "why not"}
                answer = browser.post(page_of(model, "changelist"), sent)
                assert answer.status_code in (200, 302, 400, 404), (model, action, rows)

    assert written() == before


@pytest.mark.parametrize("role", [role for role in Role.values if role != "administrator"])
def test_actions_of_lists_are_offered_to_those_who_may_and_do_nothing_for_others(undrawn, role):  # noqa: F811
    make_everything()
    browser = signed_in(role)
    asking, of_all, before = _request_of(browser), _request_of(signed_in("superuser")), written()

    for model, page in PAGES:
        for action in set(page.get_actions(of_all)) - set(page.get_actions(asking)):
            rows = [row.pk for row in model._default_manager.all()[:3]]
            sent = {"action": action, "_selected_action": rows, "confirmed": "yes", "reason": "why not"}
            assert browser.post(page_of(model, "changelist"), sent).status_code in (200, 302, 403), (model, action)

    assert written() == before


def _request_of(browser) -> Any:
    return browser.get(reverse("admin:password_change")).wsgi_request


def test_completion_answers_who_may_look_at_what_it_completes():
    make_everything()
    asked = 0

    for role in ("viewer", "administrator"):
        browser = signed_in(role)
        asking = _request_of(browser)
        for model, page in PAGES:
            for owner in (page, *page.get_inline_instances(asking)):
                for name in owner.autocomplete_fields:
                    target = owner.model._meta.get_field(name).remote_field.model
                    may = f"{target._meta.app_label}.view_{target._meta.model_name}" in permissions(role)
                    answer = browser.get(
                        reverse("admin:autocomplete"),
                        {"app_label": owner.model._meta.app_label, "model_name": owner.model._meta.model_name,
                         "field_name": name, "term": "%' OR 1=1 --"},
                    )  # fmt: skip
                    assert answer.status_code == (200 if may else 403), (model, name)
                    assert answer.json()["results"] == [] if may else True
                    asked += 1
        foreign = {"app_label": "accounts", "model_name": "user", "field_name": "password", "term": "a"}
        assert browser.get(reverse("admin:autocomplete"), foreign).status_code == 403

    assert asked >= 10


def test_lists_are_filtered_by_what_they_offer_and_by_nothing_that_tells_more(undrawn):  # noqa: F811
    make_everything()
    UserFactory.create(username="kim", password="battery horse 9")
    browser = signed_in("superuser")

    for model, asked in (
        ("accounts_user", "password__startswith"),
        ("tickets_ticket", "client__hourly_rate__gt"),
        ("contracts_contact", "client__vat_id__startswith"),
        ("invoicing_invoice", "mails__to__contains"),
    ):
        answer = browser.get(reverse(f"admin:{model}_changelist"), {asked: "a"})
        assert answer.status_code in (302, 400), (model, asked)


# Text that is code

HOSTILE = '<script>alert("x")</script>\'" onfocus="evil() {{ 7|add:"5" }}{% now "Y" %} =cmd|/c!A1 \u202e'
# By its id a row is named where it was billed; with another password one is signed out.
FOR_MACHINES = {"external_id", "password", "timezone", "kind", "strategy", "source_kind"}
SHORTEST = 27  # what is shorter (codes of countries and currencies) holds no code to run
LONG = HOSTILE + "evil " * 2000


def poisoned(row: models.Model) -> list[bool]:
    """Put hostile text into every text column of the row, and say for each whether the database took it."""
    taken = []
    for field in row._meta.concrete_fields:
        text_of_people = isinstance(field, models.CharField | models.TextField) and not field.choices
        text_of_people = text_of_people and (field.max_length or len(HOSTILE)) >= SHORTEST
        if not text_of_people or field.primary_key or field.name in FOR_MACHINES:
            continue
        text = HOSTILE[: field.max_length] if field.max_length else LONG
        try:
            with transaction.atomic():
                type(row)._base_manager.filter(pk=row.pk).update(**{field.name: text})
        except DatabaseError:
            taken.append(False)
        else:
            taken.append(True)
    return taken


def code_in(text: str) -> list[str]:
    """Scripts and attributes of the page that hold hostile text where a browser or the theme would run it."""
    page = lxml.html.fromstring(text.strip() or "<p>")
    found = [str(script.text) for script in page.iter("script") if "alert(" in (script.text or "")]
    for element in page.iter(etree.Element):
        found += [
            f"{name}={value}" for name, value in element.attrib.items()
            if name == "onfocus" or ("evil()" in value and name.startswith(("on", "x-", ":", "@", "hx-")))
        ]  # fmt: skip
    return found


def test_hostile_text_is_shown_as_text_in_every_list_and_form():
    make_everything()
    record("note", None, by="<b>ann</b>", at=NOW, reason=HOSTILE)
    browser, run, shown, untouched = signed_in("superuser"), [], 0, []

    for model, _ in PAGES:
        rows = [row for row in (model._default_manager.first(), model._default_manager.last()) if row]
        taken = [took for row in rows for took in poisoned(row)]
        if taken and not any(taken) and "change" in TABLES.get(label(model), ""):
            untouched.append(label(model))
    for model, _ in PAGES:
        row = model._default_manager.last()
        assert row is not None, f"tests/everything.py makes no {label(model)}"
        for address in (page_of(model, "changelist"), page_of(model, "change", row.pk)):
            answer = browser.get(address)
            text = answer.content.decode()
            assert answer.status_code == 200, address
            run += [f"{address}: {code}" for code in code_in(text)]
            shown += "&lt;script&gt;alert(" in text
    for address in (reverse("admin:index"), reverse("admin:search") + "?s=%3Cscript%3Ealert("):
        run += [f"{address}: {code}" for code in code_in(browser.get(address).content.decode())]

    assert run == []
    assert untouched == []
    assert shown > len(PAGES) // 2
