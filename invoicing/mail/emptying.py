"""Empty the outbox: one message at a time, each attempt noted before it is made, no transaction open meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

import config
from invoicing import audit
from invoicing.halving import database_is_away
from invoicing.mail.message import NotSendable, message_of
from invoicing.mail.transport import deliver, is_lost, is_permanent, said
from invoicing.models import Invoice, Mail
from invoicing.switches import automation_is_stopped, ensure_enabled

log = structlog.get_logger("billing.mail")

BY_ITSELF = "system"
# Longer than a worker may take over a message, so that nobody else sends it meanwhile; then it died over it.
LEASE = timedelta(minutes=5)

CLAIM = """
UPDATE invoicing_mail SET attempts = attempts + 1, next_at = %s WHERE id = (
    SELECT id FROM invoicing_mail WHERE status = 'queued' AND next_at <= %s AND NOT (%s AND queued_by = %s)
    ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def send_due(*, at: datetime) -> Iterator[Mail]:
    """Send what is due, one by one; while automation is stopped, only what people sent. Ends where the server is away.

    Raises BillingDisabled, RuntimeError inside a transaction.
    """
    ensure_enabled()
    while (mail := _claimed(at)) is not None:
        reachable = _attempted(mail, at=at)
        yield mail
        if not reachable:
            return


def _claimed(at: datetime) -> Mail | None:
    """The next message, its attempt counted and committed; None where nothing is due."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(CLAIM, [at + LEASE, at, automation_is_stopped(), BY_ITSELF])
        row = cursor.fetchone()
    return None if row is None else Mail.objects.select_related("invoice__client").get(pk=row[0])


def _attempted(mail: Mail, *, at: datetime) -> bool:
    """Try to send one message and note how it ended. Answers whether the server can be reached."""
    if mail.attempts > _most_attempts():
        _park(mail, f"{_most_attempts()} attempts ended without an answer", at=at)
        return True
    if _pointless(mail):
        mail.move_to(Mail.Status.CANCELLED, last_error="nothing is left to pay")
        return True
    try:
        message = message_of(mail, at=at)
        refused = deliver(message)
    except Exception as problem:  # whatever it is: the others are sent, and a person is told
        if database_is_away(problem):
            raise
        _failed(mail, problem, at=at)
        return not is_lost(problem)
    _sent(mail, [one for one in message.recipients() if one not in refused], refused, at=at)
    return True


def _pointless(mail: Mail) -> bool:
    """A reminder of what was paid or taken back since it was written, or word of a failed payment of it."""
    document = mail.invoice
    if mail.purpose not in (Mail.Purpose.REMINDER, Mail.Purpose.PAYMENT_FAILED) or document is None:
        return False
    return document.status != Invoice.Status.OPEN or document.open_cents <= 0


@transaction.atomic
def _sent(mail: Mail, reached: list[str], refused: dict[str, str], *, at: datetime) -> None:
    told = "; ".join(f"refused for {who}: {why}" for who, why in refused.items())[:500]
    mail.move_to(Mail.Status.SENT, sent_at=at, sent_to=reached, last_error=told)
    # Whom it went to is in the outbox: the trail is never edited, and addresses are data of persons.
    data = {"mail": mail.pk, "purpose": mail.purpose, "recipients": len(reached), "refused": len(refused)}
    audit.record("mail.sent", mail.invoice or mail, by=mail.queued_by, at=at, data=data)
    log.info("mail sent", mail=mail.pk, purpose=mail.purpose, attempts=mail.attempts, refused=len(refused))


def _failed(mail: Mail, problem: Exception, *, at: datetime) -> None:
    """Put the message off, or park it after the last attempt or where no other would help."""
    told = str(problem) if isinstance(problem, NotSendable) else said(problem)
    if isinstance(problem, NotSendable) or is_permanent(problem) or mail.attempts >= _most_attempts():
        _park(mail, told, at=at)
        return
    wait = timedelta(minutes=config.billing().mail.retry_minutes[mail.attempts - 1])
    Mail.objects.filter(pk=mail.pk).update(next_at=at + wait, last_error=told)
    mail.refresh_from_db()
    log.warning("mail not sent", mail=mail.pk, attempts=mail.attempts, problem=told)


@transaction.atomic
def _park(mail: Mail, problem: str, *, at: datetime) -> None:
    mail.move_to(Mail.Status.PARKED, last_error=problem[:500])
    data = {"mail": mail.pk, "purpose": mail.purpose}
    audit.record("mail.parked", mail.invoice or mail, by=BY_ITSELF, at=at, reason=problem[:300], data=data)
    log.error("mail parked", mail=mail.pk, purpose=mail.purpose, problem=problem)


def _most_attempts() -> int:
    return len(config.billing().mail.retry_minutes) + 1
