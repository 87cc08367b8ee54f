"""Whoever puts a message into the outbox has it sent."""

from __future__ import annotations

from invoicing.dispatch import send_on_commit


def ask_for_mail() -> None:
    """Have the outbox emptied as soon as the running transaction has committed."""
    from invoicing import tasks  # which imports what the use cases of documents are made of

    send_on_commit(tasks.send_mail, once=True)
