"""Hand one message to the mail server, and understand its answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from invoicing.mail.composing import one_line

TIMEOUT_SECONDS = 20
FIRST_PERMANENT = 500
LONGEST = 500


class ServerAway(OSError):  # noqa: N818 - a state of the world
    """The mail server cannot be reached or does not let us in: other messages would not get through either."""


def deliver(message: EmailMessage) -> dict[str, str]:
    """Send the message; answer which recipients the server refused, and why, where it took the message for others.

    Raises ServerAway, or smtplib's error where the server took it for nobody.
    """
    server = get_connection(timeout=TIMEOUT_SECONDS)
    if not isinstance(server, EmailBackend):
        server.send_messages([message])
        return {}
    try:
        server.open()
    except OSError as problem:  # smtplib's errors are of this kind, too
        raise ServerAway(said(problem)) from problem
    line = server.connection
    if line is None:
        raise ServerAway("the mail server did not open a connection")
    try:
        recipients = [_in_ascii(address) for address in message.recipients()]
        built: Any = message.message()  # Django's own class, which ends lines as the protocol wants them
        content = built.as_bytes(linesep="\r\n")
        return _answers(line.sendmail(_in_ascii(message.from_email), recipients, content))
    finally:
        # The server has answered already; how it says goodbye changes nothing.
        with suppress(OSError):
            server.close()


def is_permanent(problem: Exception) -> bool:
    """Whether the server said that it will never take this message."""
    if isinstance(problem, SMTPRecipientsRefused):
        return all(code >= FIRST_PERMANENT for code, _ in problem.recipients.values())
    return isinstance(problem, SMTPResponseException) and problem.smtp_code >= FIRST_PERMANENT


def is_lost(problem: Exception) -> bool:
    """Whether the server cannot be reached, or fell silent: whatever is sent next would wait for it as long."""
    answered = (SMTPResponseException, SMTPRecipientsRefused)
    return isinstance(problem, OSError) and not isinstance(problem, answered)


def said(problem: Exception) -> str:
    """The problem in one line of at most 500 characters, in the server's words where it has said something."""
    if isinstance(problem, SMTPRecipientsRefused):
        told = "; ".join(f"{who}: {why}" for who, why in _answers(problem.recipients).items())
    elif isinstance(problem, SMTPResponseException):
        told = f"{problem.smtp_code} {_text(problem.smtp_error)}"
    elif isinstance(problem, ServerAway):
        told = str(problem)
    else:
        told = f"{type(problem).__name__}: {problem}"
    return one_line(told)[:LONGEST]


def _answers(refused: Mapping[str, tuple[int, bytes | str]]) -> dict[str, str]:
    return {who: one_line(f"{code} {_text(answer)}") for who, (code, answer) in refused.items()}


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _in_ascii(address: str) -> str:
    """The address with its domain as the network writes it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else address
