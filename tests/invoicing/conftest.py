"""What the tests of documents and their tasks share."""

from __future__ import annotations

import pytest

from invoicing import tasks


@pytest.fixture
def sent(monkeypatch):
    """The names of the tasks that ask for another run, in order."""
    messages = []
    monkeypatch.setattr(tasks, "send_on_commit", lambda task, **_: messages.append(task.name))
    return messages
