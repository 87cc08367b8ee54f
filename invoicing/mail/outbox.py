"""Documents that are sent by mail: one row of the outbox for each sending, in the transaction that decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from invoicing.handing_over import PARKED, QUEUED, SENT_BEFORE, Asked, Sending
from invoicing.mail.addresses import addresses_of
from invoicing.mail.composing import Text, document_text
from invoicing.mail.hint import ask_for_mail
from invoicing.models import Invoice, Mail
from invoicing.models.mail import MailPurpose


def plan_mails(documents: Sequence[Invoice], asked: Asked) -> list[Sending]:
    """What mailing these issued documents would do; what was mailed, or is on its way, only where asked for again."""
    earlier: defaultdict[int | None, list[Mail]] = defaultdict(list)
    of_documents = Mail.objects.filter(invoice__in=documents, purpose=Mail.Purpose.DOCUMENT)
    for mail in of_documents.only("invoice", "status", "sent_at").order_by("pk"):
        earlier[mail.invoice_id].append(mail)
    return [_planned(one, earlier[one.pk], asked) for one in documents]


def _planned(document: Invoice, earlier: Sequence[Mail], asked: Asked) -> Sending:
    states = {mail.status for mail in earlier}
    if Mail.Status.QUEUED in states:
        return Sending(document, SENT_BEFORE, "it is on its way already")
    if Mail.Status.SENT in states and not asked.again:
        last = max(mail.sent_at for mail in earlier if mail.sent_at)
        return Sending(document, SENT_BEFORE, f"it was sent on {last:%Y-%m-%d}")
    mail = new_mail(
        f"document:{document.pk}:{len(earlier) + 1}", Mail.Purpose.DOCUMENT, document, document_text(document), asked
    )
    return Sending(document, PARKED if mail.last_error else QUEUED, mail.last_error, mail)


def new_mail(key: str, purpose: MailPurpose, document: Invoice, text: Text, asked: Asked) -> Mail:
    """A message about a document to its recipient, not stored yet; parked with a sentence where nobody can get it."""
    addresses = addresses_of(document.client)
    return Mail(
        key=key, purpose=purpose, invoice=document, client=document.client, to=list(addresses.to),
        cc=list(addresses.cc), subject=text.subject, body=text.body,
        status=Mail.Status.PARKED if addresses.problem else Mail.Status.QUEUED, last_error=addresses.problem,
        queued_at=asked.at, queued_by=asked.by, next_at=asked.at,
    )  # fmt: skip


def queue_mails(sendings: Sequence[Sending], _asked: Asked) -> None:
    """Put what was planned into the outbox, in the caller's transaction; it takes the place of what was parked."""
    chosen = [one for one in sendings if one.mail is not None]
    if not chosen:
        return
    documents = [one.document.pk for one in chosen]
    parked = Mail.objects.filter(invoice__in=documents, purpose=Mail.Purpose.DOCUMENT, status=Mail.Status.PARKED)
    parked.update(status=Mail.Status.CANCELLED)
    store([one.mail for one in chosen if one.mail is not None])


def store(mails: Sequence[Mail]) -> None:
    """Insert messages; a key that is there already is left alone."""
    Mail.objects.bulk_create(mails, ignore_conflicts=True, batch_size=500)
    if any(mail.status == Mail.Status.QUEUED for mail in mails):
        ask_for_mail()
