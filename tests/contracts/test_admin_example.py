"""While a contract is written, the page says what it comes to as it stands; nothing is saved."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.html
import pytest
import time_machine
from django.urls import reverse

from contracts.models import Contract, Rate
from invoicing.models import Invoice
from tests.factories import DAY, NOW, ClientFactory, ContractFactory, RateFactory, closed_ticket
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import TicketUsage

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def contract():
    found = ContractFactory.create(hourly_rate="90")
    RateFactory.create(contract=found, time_of_day="weekend", multiplier="1.5")
    return found


def form_of(page):
    """What the browser would send of the page's form."""
    (form,) = lxml.html.fromstring(page.content.decode()).xpath("//form[@id='contract_form']")
    return dict(form.form_values())


def opened(browser, contract):
    return form_of(browser.get(reverse("admin:contracts_contract_change", args=[contract.pk])))


def asked(browser, contract, form):
    return browser.post(reverse("contract-example", args=[contract.pk]), form)


def prices(answer):
    return {one.what: one.price.amount for one in answer.context["panel"]["examples"]}


@time_machine.travel(FEBRUARY, tick=False)
def test_what_is_typed_is_priced_beside_what_is_saved_and_nothing_is_written(contract, django_assert_max_num_queries):
    browser = signed_in("clerk")
    form = opened(browser, contract)
    before = list(Contract.objects.values()), list(Rate.objects.values())

    same = asked(browser, contract, form)
    form |= {"hourly_rate": "120", "rates-0-multiplier": "2", "included_seconds": "1:00"}
    # Most of them ask the database's constraints about one row, and read no table.
    with django_assert_max_num_queries(80):
        typed = asked(browser, contract, form)

    assert (same.context["panel"]["differing"], prices(same)["A ticket of 1 h 20 on a Saturday"]) == (0, "202.50 EUR")
    assert prices(typed) == {
        "A ticket of 1 h 20 on a weekday": "180.00 EUR",
        "A ticket of 1 h 20 on a Saturday": "360.00 EUR",
        "A ticket of 5 minutes on a weekday": "30.00 EUR",
    }
    page = " ".join(lxml.html.fromstring(typed.content.decode()).text_content().split())
    assert "3 examples differ from the saved terms" in page
    assert "as saved: 202.50 EUR 360.00 EUR" in page
    assert (list(Contract.objects.values()), list(Rate.objects.values())) == before


@time_machine.travel(FEBRUARY, tick=False)
def test_each_row_of_the_rate_card_has_its_example(contract):
    browser = signed_in("clerk")
    form = opened(browser, contract) | {"rates-TOTAL_FORMS": "4", "business_hours": "Mo-Fr 8-17"}
    for number, (work, when, price) in enumerate([("", "after_hours", "130"), ("onsite", "", "140")], 1):
        form |= {
            f"rates-{number}-work_type": work, f"rates-{number}-time_of_day": when, f"rates-{number}-id": "",
            f"rates-{number}-hourly_rate": price, f"rates-{number}-valid_from": "2026-01-01",
            f"rates-{number}-contract": contract.pk,
        }  # fmt: skip
    form |= {"rates-3-id": "", "rates-3-contract": contract.pk}  # added, and left empty

    found = prices(asked(browser, contract, form))
    form["rates-2-multiplier"] = "2"
    both = asked(browser, contract, form)

    assert found["A ticket of 1 h 20 after hours"] == "195.00 EUR"
    assert found["A ticket of 1 h 20 on a weekday, onsite"] == "210.00 EUR"
    assert len(found) == 5
    assert both.status_code == 200
    assert "Rate card, row 3" in both.content.decode()


@time_machine.travel(FEBRUARY, tick=False)
def test_a_form_that_is_not_complete_says_what_is_missing_and_hostile_text_is_text(contract):
    browser = signed_in("clerk")
    form = opened(browser, contract)

    wrong = asked(browser, contract, form | {"hourly_rate": "<script>alert(1)</script>", "start_on": ""})
    hours = asked(browser, contract, form | {"business_hours": "Mon-Fri 08:00-18:00\n<b>Sat</b> 9-12"})
    unrated = asked(browser, contract, form | {"rounding_increment_minutes": "0"})

    page = wrong.content.decode()
    assert (wrong.status_code, hours.status_code, unrated.status_code) == (200, 200, 200)
    assert "Not complete yet:" in page
    assert "Price of an hour: “&lt;script&gt;" in page
    assert "First day: This field is required." in page
    assert "<script>alert" not in page
    assert "Line 2, “&lt;b&gt;Sat&lt;/b&gt; 9-12”" in hours.content.decode()
    assert "examples" not in unrated.context["panel"]


@time_machine.travel(FEBRUARY, tick=False)
def test_a_new_contract_is_priced_before_it_is_saved():
    browser, client = signed_in("clerk"), ClientFactory.create()
    address = reverse("contract-new-example")
    page = browser.get(reverse("admin:contracts_contract_add"))
    form = form_of(page) | {"client": client.pk, "start_on": "2026-02-01", "external_id": "", "included_tickets": "2"}

    answer = browser.post(address, form)

    assert f'data-live="{address}"' in page.content.decode()
    assert prices(answer)["A ticket of 1 h 20 on a weekday"] == "120.00 EUR"
    assert answer.context["panel"]["examples"][0].price.covered.startswith("The contract includes this ticket")
    assert "Client: " in browser.post(address, form | {"client": ""}).content.decode()
    assert Contract.objects.count() == 0


def test_terms_are_saved_as_they_were_typed_and_what_was_not_touched_stays():
    stored = {"mon - fri": "08:00-17:00"}
    contract = ContractFactory.create(business_hours=stored, fair_use={"soft_tickets": 50, "hard_hours": "7.50"})
    browser, address = signed_in("clerk"), "admin:contracts_contract_change"
    form = opened(browser, contract)

    first = browser.post(reverse(address, args=[contract.pk]), form | {"hourly_rate": "95"})
    contract.refresh_from_db()
    untouched = contract.business_hours, contract.fair_use, contract.hourly_rate
    typed = {
        "business_hours": "Mo-Do 8-17\nFr 8:00-12:00, 13-15",
        "fair_use_hard_tickets": "90",
        "fair_use_hard_hours": "",
    }
    browser.post(reverse(address, args=[contract.pk]), opened(browser, contract) | typed)
    contract.refresh_from_db()

    assert first.status_code == 302
    assert (form["business_hours"], untouched) == (
        "Mon-Fri 08:00-17:00", (stored, {"soft_tickets": 50, "hard_hours": "7.50"}, 95),
    )  # fmt: skip
    assert contract.business_hours == {"mon-thu": "08:00-17:00", "fri": "08:00-12:00, 13:00-15:00"}
    assert contract.fair_use == {"soft_tickets": 50, "hard_tickets": 90}


def test_a_contract_lists_the_documents_that_bill_under_it():
    contract = ContractFactory.create(hourly_rate="90")
    ticket = closed_ticket("1.00", client=contract.client, contract=contract)
    bill_tickets([ticket.pk], at=NOW, by="ann")
    TicketUsage.objects.get_or_create(
        ticket=ticket, contract=contract, assignment=None, month=DAY.replace(day=1), defaults={"recorded_at": NOW}
    )
    address = reverse("admin:contracts_contract_change", args=[contract.pk])

    page = signed_in("viewer").get(address)

    (shown,) = next(one["context"]["documents"] for one in page.context["panels"] if "documents" in one["context"])
    assert (shown.name, shown.url) == (
        "draft",
        reverse("admin:invoicing_invoice_change", args=[Invoice.objects.get().pk]),
    )
    assert (
        "No document yet."
        in signed_in("viewer")
        .get(reverse("admin:contracts_contract_change", args=[ContractFactory.create().pk]))
        .content.decode()
    )


def test_only_those_who_change_contracts_are_told_and_a_missing_contract_is_missing(contract):
    page = signed_in("viewer").get(reverse("admin:contracts_contract_change", args=[contract.pk]))

    assert "data-live=" not in page.content.decode()
    assert asked(signed_in("viewer"), contract, {}).status_code == 403
    assert signed_in("clerk").post(reverse("contract-example", args=[0]), {}).status_code == 404


@time_machine.travel(FEBRUARY, tick=False)
@pytest.mark.parametrize(("first", "last"), [("9999-12-31", ""), ("0001-01-01", "0001-01-02")])
def test_a_contract_at_the_end_of_the_calendar_is_priced_and_its_page_opens_again(contract, first, last):
    browser = signed_in("clerk")
    form = opened(browser, contract) | {"start_on": first, "end_on": last}

    assert len(prices(asked(browser, contract, form))) == 3
    browser.post(reverse("admin:contracts_contract_change", args=[contract.pk]), form)
    contract.refresh_from_db()
    assert contract.start_on.isoformat() == first
    assert opened(browser, contract)["start_on"] == first
