"""Background work of invoicing. Queues, limits and schedule are settings."""

from __future__ import annotations

import time
from collections import Counter

import structlog
from celery import shared_task
from django.utils import timezone

import config
from invoicing.dispatch import send_on_commit
from invoicing.documents import files
from invoicing.jobs import run_waiting
from invoicing.locks import AlreadyRunning, only_one
from invoicing.mail.emptying import send_due
from invoicing.mail.reminders import queue_reminders
from invoicing.models import Heartbeat, Mail, VatCheck
from invoicing.recurring import bill_recurring
from invoicing.sealing import seal_entries
from invoicing.stripe.client.calling import is_set_up
from invoicing.stripe.emptying import push_due
from invoicing.stripe.problems import StripeProblem
from invoicing.stripe.processing import process_due
from invoicing.stripe.reconciliation.running import reconcile
from invoicing.switches import AutomationOff, BillingDisabled
from invoicing.vat_checks import ask_about, to_ask

log = structlog.get_logger("billing.charges")
documents_log = structlog.get_logger("billing.documents")
mail_log = structlog.get_logger("billing.mail")
stripe_log = structlog.get_logger("billing.stripe")

# Well before the time limit of the task, which then asks for the next one.
RUN_SECONDS = 60.0
DOCUMENTS_A_RUN = 5000


@shared_task
def bill_recurring_charges(**_later: object) -> None:
    """Bill recurring and single charges that are due."""
    stop = time.monotonic() + RUN_SECONDS
    runs = bill_recurring(at=timezone.now())
    try:
        for _ in runs:
            if time.monotonic() > stop:
                send_on_commit(bill_recurring_charges)
                break
    except (AlreadyRunning, AutomationOff, BillingDisabled) as reason:
        log.info("no charges billed", reason=str(reason))
    finally:
        runs.close()
    Heartbeat.objects.update_or_create(pk="recurring charges", defaults={"at": timezone.now()})


@shared_task
def check_vat_ids(vat_id: str = "", **_later: object) -> None:
    """Ask the EU's register about VAT ids without an answer that counts: all of them, or one that was just saved."""
    if not config.billing().vies_url:
        return
    now = timezone.now()
    stop = time.monotonic() + RUN_SECONDS
    with only_one(f"vat ids {vat_id}") as alone:
        if not alone:
            return
        wanted = to_ask(at=now)
        counts = Counter[str]()
        for check in ask_about((one for one in wanted if vat_id in ("", one)), at=now):
            counts[check.outcome] += 1
            if time.monotonic() > stop:
                break
    log.info("vat ids checked", wanted=len(wanted), **counts)
    if not vat_id:
        answered = counts.total() - counts[VatCheck.Outcome.UNAVAILABLE]
        if answered and counts.total() < len(wanted):  # a register that is away is asked again tomorrow
            send_on_commit(check_vat_ids)
        Heartbeat.objects.update_or_create(pk="vat ids", defaults={"at": now})


@shared_task
def render_documents(**_later: object) -> None:
    """Draw and store the files of issued documents that have none yet, each once in a run."""
    stop = time.monotonic() + RUN_SECONDS
    drawn: list[files.Rendered] = []
    with only_one("render documents") as alone:
        if not alone:
            return
        waiting = files.to_render(at=timezone.now(), limit=DOCUMENTS_A_RUN)
        for pk in waiting:
            if time.monotonic() > stop:
                break
            drawn += files.render_documents([pk], timezone.now())
    if waiting:
        failed = sum(bool(one.problem) for one in drawn)
        documents_log.info("documents drawn", waiting=len(waiting), drawn=len(drawn) - failed, failed=failed)
    if len(drawn) < len(waiting) or len(waiting) == DOCUMENTS_A_RUN:
        send_on_commit(render_documents)
    Heartbeat.objects.update_or_create(pk="documents", defaults={"at": timezone.now()})


@shared_task
def send_mail(**_later: object) -> None:
    """Empty the outbox; one worker at a time, so that a slow mail server keeps no other from billing."""
    now, stop = timezone.now(), time.monotonic() + RUN_SECONDS
    counts = Counter[str]()
    with only_one("mail") as alone:
        if not alone:
            return
        try:
            for mail in send_due(at=now):
                counts[mail.status] += 1
                if time.monotonic() > stop:
                    send_on_commit(send_mail)
                    break
        except BillingDisabled as reason:
            mail_log.info("no mail sent", reason=str(reason))
    if counts:
        mail_log.info("outbox emptied", **{status: counts[status] for status in Mail.Status.values})
    Heartbeat.objects.update_or_create(pk="mail", defaults={"at": timezone.now()})


@shared_task
def push_to_stripe(**_later: object) -> None:
    """Empty the outbox to Stripe; one worker at a time, so that a slow answer keeps no other from billing."""
    now, stop = timezone.now(), time.monotonic() + RUN_SECONDS
    counts = Counter[str]()
    with only_one("stripe") as alone:
        if not alone:
            return
        try:
            for call in push_due(at=now):
                counts[call.status] += 1
                if time.monotonic() > stop:
                    send_on_commit(push_to_stripe)
                    break
        except BillingDisabled as reason:
            stripe_log.info("nothing sent to stripe", reason=str(reason))
    if counts:
        stripe_log.info("stripe outbox emptied", **counts)
    Heartbeat.objects.update_or_create(pk="stripe calls", defaults={"at": timezone.now()})


@shared_task
def process_stripe_events(**_later: object) -> None:
    """Apply the events of Stripe that are due; several workers may, each takes another event."""
    stop = time.monotonic() + RUN_SECONDS
    counts = Counter[str]()
    for event in process_due(at=timezone.now()):
        counts[event.status] += 1
        if time.monotonic() > stop:
            send_on_commit(process_stripe_events)
            break
    if counts:
        stripe_log.info("stripe events processed", **counts)
    Heartbeat.objects.update_or_create(pk="stripe events", defaults={"at": timezone.now()})


@shared_task
def reconcile_stripe(**_later: object) -> None:
    """Compare with Stripe once a day; without a key there is nothing to compare with."""
    if not is_set_up():
        return
    try:
        for _ in reconcile(by="system", at=timezone.now()):
            pass
    except (AlreadyRunning, StripeProblem) as reason:
        stripe_log.warning("not compared with stripe", reason=str(reason))


@shared_task
def run_jobs(**_later: object) -> None:
    """Do what people asked for on pages, and what a worker that died left behind."""
    run_waiting()
    Heartbeat.objects.update_or_create(pk="jobs", defaults={"at": timezone.now()})


@shared_task
def seal_audit(**_later: object) -> None:
    """Seal what the audit trail was given since."""
    seal_entries(at=timezone.now())
    Heartbeat.objects.update_or_create(pk="audit seals", defaults={"at": timezone.now()})


@shared_task
def remind(**_later: object) -> None:
    """Put the reminders of the day into the outbox."""
    try:
        reminders = sum(len(page) for page in queue_reminders(at=timezone.now()))
        mail_log.info("reminders", queued=reminders)
    except (AutomationOff, BillingDisabled) as reason:
        mail_log.info("no reminders", reason=str(reason))
    Heartbeat.objects.update_or_create(pk="reminders", defaults={"at": timezone.now()})
