"""One row of everything that a page shows. A page of a new table needs a row here, or it cannot be tried."""

from __future__ import annotations

from datetime import date

from contracts.models import FairUseReview
from gateway_billing.models import LateUnit, MonthAttempt, ServiceTemplate
from gateway_billing.months import month_of, run_month
from invoicing.documents.files import stored_pdf, stored_xml
from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.payments import record_payment
from invoicing.models import (
    Anomaly,
    Discount,
    Dispute,
    Invoice,
    Job,
    StoredSetting,
    StripeCall,
    StripeCustomer,
    StripeEvent,
    StripeInvoice,
    VatCheck,
)
from invoicing.sending import send_invoices
from invoicing.switches import stop_automation
from tests.factories import (
    DAY,
    NOW,
    AllocationFactory,
    AssignmentFactory,
    ClientChargeFactory,
    ContactFactory,
    ContractFactory,
    ExpenseFactory,
    RateFactory,
    RecurringChargeFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
)
from tests.gateway_factories import (
    RUN,
    CallFactory,
    CategoryFactory,
    CompanyFactory,
    FeeScheduleFactory,
    OutputFactory,
    ServiceCaseFactory,
    ServiceChangeFactory,
    ServicePriceFactory,
)
from tickets.billing import bill_tickets
from tickets.models import BillingAttempt, ManualBill, ShadowBill, TicketUsage


def make_everything() -> None:
    """A house in the middle of its work: billed, held, covered and open tickets, documents, a partner's month."""
    _tickets()
    issued = Invoice.objects.order_by("pk").values_list("pk", flat=True)[0]
    issue_invoices([issued], at=NOW, by="ann")
    send_invoices([issued], at=NOW, by="ann")
    stop_automation(reason="stocktaking", by="ann", at=NOW)
    _gateway()
    _documents(Invoice.objects.get(pk=issued))
    _stripe(Invoice.objects.get(pk=issued))
    Job.objects.create(key="tried in vain", kind="issue", queued_at=NOW, queued_by="ann", status="failed")
    StoredSetting.objects.create(
        name="AUTO_BILL_ON_CLOSE", value="false", changed_at=NOW, changed_by="ann", reason="pilot"
    )


def _documents(issued: Invoice) -> None:
    paid = closed_ticket("1.00", client__automation="draft")
    bill_tickets([paid.pk], at=NOW, by="ann")
    document = Invoice.objects.get(client=paid.client)
    issue_invoices([document.pk], at=NOW, by="ann")
    record_payment(document.pk, 100, received_on=DAY, reference="R 1", by="ann", at=NOW)
    for draw in (stored_pdf, stored_xml):
        draw(issued, at=NOW)
    Discount.objects.create(external_id="gift", client=issued.client, month=DAY.replace(day=1), percent=5, reason="?")
    VatCheck.objects.create(vat_id="DE136695976", asked_at=NOW, outcome="valid")
    TicketUsage.objects.create(
        ticket=paid, contract=ContractFactory.create(client=paid.client), month=DAY.replace(day=1), recorded_at=NOW
    )
    ShadowBill.objects.create(
        ticket=paid, planned_at=NOW, outcome="charge", amount_cents=8000, currency="EUR", lines=[]
    )
    ManualBill.objects.create(external_id="by hand", ticket=paid, amount_cents=8000, reference="R 7")
    FairUseReview.objects.create(
        contract=ContractFactory.create(), month=DAY.replace(day=1), finding="101 tickets", flagged_at=NOW
    )
    RecurringChargeFactory.create()
    ClientChargeFactory.create()


def _tickets() -> None:
    contract = ContractFactory.create(included_seconds=3600, hourly_rate="90", client__e_invoice="zugferd")
    RateFactory.create(contract=contract, time_of_day="weekend", multiplier="1.5")
    AssignmentFactory.create(contract=contract)
    AllocationFactory.create(contract=contract)
    ContactFactory.create(client=contract.client)
    mixed = TicketFactory.create(client=contract.client, contract=contract)
    TimeEntryFactory.create(ticket=mixed, hours="1.10")
    ExpenseFactory.create(ticket=mixed)
    fee = TicketFactory.create(client=(other := ContractFactory.create(per_ticket_rate="50")).client, contract=other)
    long = TicketFactory.create()
    TimeEntryFactory.create(ticket=long, hours="9.00")
    bill_tickets([mixed.pk, fee.pk, long.pk], at=NOW, by="ann")
    ExpenseFactory.create(ticket=TicketFactory.create(status="open"))
    TimeEntryFactory.create(ticket=TicketFactory.create())
    BillingAttempt.objects.create(ticket_ids=[fee.pk], started_at=NOW, backend_pid=1, backend_started_at=NOW)


def _gateway() -> None:
    company = CompanyFactory.create()
    partner = company.managed_by
    assert partner is not None
    FeeScheduleFactory.create(company=company)
    CallFactory.create(company=company)
    output = OutputFactory.create(company=company)
    ServiceCaseFactory.create(company=company, category=CategoryFactory.create(company=company))
    ServicePriceFactory.create(company=company)
    ServiceChangeFactory.create(company=company)
    run_month(partner.pk, month_of(partner, "2026-01"), at=RUN, by="ann")
    ServiceChangeFactory.create(company=company, status="pending", service_date=date(2026, 2, 10))
    ServiceCaseFactory.create(company=company, external_id="case not billed")
    ServiceTemplate.objects.create(external_id="template", name="Phone line", price="29")
    new = CompanyFactory.create(managed_by=partner)
    OutputFactory.create(company=new)
    OutputFactory.create(company=new, default=False, output_type="webhook")
    ServicePriceFactory.create(company=new, valid_from=date(2027, 1, 1))
    MonthAttempt.objects.create(partner=partner, period_start=date(2026, 2, 1), failures=3, problem="no rate")
    LateUnit.objects.create(
        kind="call", source_id=output.pk, partner=partner, company=company, month=date(2026, 1, 1), recorded_at=RUN
    )


def _stripe(document: Invoice) -> None:
    event = StripeEvent.objects.create(
        event_id="evt_1", event_type="invoice.paid", payload=b"{}", received_at=NOW, next_at=NOW, status="parked"
    )
    StripeCustomer.objects.create(client=document.client, stripe_id="cus_1", sent_hash="0", updated_at=NOW)
    StripeInvoice.objects.create(invoice=document, stripe_id="in_1", status="open", seen_at=NOW)
    StripeCall.objects.create(
        key="call-1", purpose="send", client=document.client, invoice=document, queued_at=NOW, queued_by="ann",
        next_at=NOW, status="parked",
    )  # fmt: skip
    Dispute.objects.create(
        invoice=document, stripe_id="dp_1", amount_cents=1, currency="EUR", status="lost", opened_at=NOW
    )
    Anomaly.objects.create(key="paid twice", kind="amount", invoice=document, event=event, text="?", found_at=NOW)
