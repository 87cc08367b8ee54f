"""Whoever issues a document asks for its files."""

from __future__ import annotations

from invoicing.dispatch import send_on_commit


def ask_for_files() -> None:
    """Have what is issued drawn as soon as the running transaction has committed."""
    from invoicing import tasks  # which imports what the use cases of documents are made of

    send_on_commit(tasks.render_documents, once=True)
