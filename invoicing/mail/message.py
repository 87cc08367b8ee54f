"""A message as it leaves: sender, recipients, the document's files, and an id that stays through every attempt."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime, formataddr

from django.conf import settings
from django.core.mail import EmailMessage

import config
from invoicing.documents.files import PDF, file_name, formats_of, stored
from invoicing.mail.composing import one_line
from invoicing.models import Mail

WITH_FILES = frozenset({Mail.Purpose.DOCUMENT.value, Mail.Purpose.REMINDER.value})
TYPES = {PDF.value: "application/pdf"}


class NotSendable(ValueError):  # noqa: N818 - says what is missing, as a sentence
    """No attempt would help before somebody sets something."""


def message_of(mail: Mail, *, at: datetime) -> EmailMessage:
    """The message, with the files of its document; outside production for the one address that gets all mail.

    Raises NotSendable where a setting or an address is missing, and what drawing the document's files raises.
    """
    how, seller = config.billing().mail, config.billing().seller
    sender = how.sender or seller.email
    if not sender:
        raise NotSendable("there is no sender: set MAIL_FROM")
    if not mail.to:
        raise NotSendable("the message has no recipient")
    headers = {
        "From": formataddr((one_line(seller.name), sender)),
        # Whoever gets a message twice, because our answer was lost, can tell by this.
        "Message-ID": f"<mail.{mail.pk}.{int(mail.queued_at.timestamp())}@{sender.rpartition('@')[2]}>",
        "Date": format_datetime(mail.queued_at),
        "Auto-Submitted": "auto-generated",
    }
    if seller.email and seller.email != sender:
        headers["Reply-To"] = seller.email
    to, cc = list(mail.to), list(mail.cc)
    if settings.APP_ENV != "production":
        headers["X-Original-Recipients"] = ", ".join(to + cc)
        to, cc = [_redirect(how.redirect_to)], []
    message = EmailMessage(one_line(mail.subject), mail.body, how.bounce or sender, to, cc=cc, headers=headers)
    for name, content, kind in _files(mail, at):
        message.attach(name, content, kind)
    return message


def _redirect(address: str) -> str:
    if not address:
        raise NotSendable("outside production mail leaves only for MAIL_REDIRECT_TO, which is not set")
    return address


def _files(mail: Mail, at: datetime) -> list[tuple[str, bytes, str]]:
    """(name, content, media type) of each file that the recipient gets, as stored."""
    if mail.purpose not in WITH_FILES or mail.invoice is None:
        return []
    document = mail.invoice
    return [
        (
            file_name(document, "pdf" if wanted == PDF else "xml"),
            stored(document, wanted, at=at),
            TYPES.get(wanted, "application/xml"),
        )
        for wanted in formats_of(document)
    ]
