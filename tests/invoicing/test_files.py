"""Files of issued documents: drawn once after the issue, stored with their hash, served unchanged (D-02)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from facturx import get_facturx_xml_from_pdf

from billing_project.queues import ROUTES, SCHEDULE
from invoicing import tasks
from invoicing.documents import files
from invoicing.documents.content import content_of
from invoicing.documents.einvoice import xml_of
from invoicing.documents.pdf import CannotBeDrawn, pdf_of
from invoicing.lifecycle.void import void_invoice
from invoicing.models import AuditEntry, Heartbeat, Invoice, StoredFile
from tests.factories import NOW, ClientFactory, later
from tests.invoicing.documents import draft, issue

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db


def issued(*cents: int, **client: Any) -> Invoice:
    """An issued document of these amounts for a client with these columns."""
    document = draft(*(cents or (1000,)), client=ClientFactory.create(**client))
    issue(document)
    return document


def waiting(at: datetime = NOW) -> list[int]:
    return files.to_render(at=at, limit=10)


def test_a_document_is_drawn_once_after_its_issue_and_served_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    document = issued()
    assert waiting() == [document.pk]

    assert files.render_documents([document.pk], NOW) == [files.Rendered(document.pk)]
    document.refresh_from_db()
    kept = document.files.get()

    assert (kept.format, kept.created_at, document.rendered_at) == ("pdf", NOW, NOW)
    assert bytes(kept.content).startswith(b"%PDF-1.7")
    assert kept.sha256 == hashlib.sha256(kept.content).hexdigest()
    assert waiting() == []

    monkeypatch.setattr(files, "pdf_of", lambda *_: b"another one")
    assert files.render_documents([document.pk], later(hours=1)) == []
    assert files.stored(document, "pdf", at=later(hours=1)) == bytes(kept.content)
    with pytest.raises(IntegrityError, match="stored file"), transaction.atomic():
        StoredFile.objects.update(content=b"another one")


def test_the_hybrid_carries_the_xml_and_xrechnung_has_a_file_of_its_own() -> None:
    hybrid = issued(e_invoice="zugferd")
    apart = issued(e_invoice="xrechnung_ubl", leitweg_id="04011000-12345-03")
    none = issued()

    files.render_documents([hybrid.pk, apart.pk, none.pk], NOW)

    assert sorted(StoredFile.objects.values_list("invoice", "format")) == [
        (hybrid.pk, "pdf"), (apart.pk, "pdf"), (apart.pk, "xrechnung_ubl"), (none.pk, "pdf"),
    ]  # fmt: skip
    name, xml = get_facturx_xml_from_pdf(files.stored(hybrid, "pdf", at=NOW))
    assert (name, xml) == ("factur-x.xml", xml_of(content_of(hybrid), "zugferd"))
    assert files.stored_xml(hybrid, at=NOW) == xml
    assert files.stored_xml(apart, at=NOW) == xml_of(content_of(apart), "xrechnung_ubl")
    with pytest.raises(files.NoSuchFile, match="no electronic invoice"):
        files.stored_xml(none, at=NOW)


def test_who_asks_before_it_was_drawn_gets_it_drawn_and_a_draft_has_no_files() -> None:
    document, other = issued(), draft(500, client=ClientFactory.create())

    first = files.stored(document, "pdf", at=NOW)

    assert waiting() == []
    assert files.stored(document, "pdf", at=NOW) == first
    with pytest.raises(files.NoSuchFile, match="not issued"):
        files.stored(other, "pdf", at=NOW)
    with pytest.raises(files.NoSuchFile, match="no file of the format xrechnung_cii"):
        files.stored(document, "xrechnung_cii", at=NOW)


def test_a_crash_between_drawing_and_storing_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    document = issued()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files, "_store", killed)
        with pytest.raises(KeyboardInterrupt):
            files.render_documents([document.pk], NOW)

    assert waiting() == [document.pk]
    files.render_documents(waiting(), later(minutes=1))
    assert document.files.count() == 1


def test_who_comes_second_leaves_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    document = issued()

    def overtaken(*_: Any) -> bytes:
        files._store(document, {"pdf": b"%PDF the first"}, NOW)
        return b"%PDF the second"

    monkeypatch.setattr(files, "pdf_of", overtaken)

    assert files.stored(document, "pdf", at=later(minutes=1)) == b"%PDF the first"
    document.refresh_from_db()
    assert document.rendered_at == NOW


def test_what_cannot_be_drawn_keeps_no_other_waiting_and_is_left_alone_after_three_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = issued(1), issued(2)

    def refused(content: Any, *xml: bytes) -> bytes:
        if content.number == bad.number:
            raise CannotBeDrawn("the text has no glyph")
        return pdf_of(content, *xml)

    monkeypatch.setattr(files, "pdf_of", refused)
    for minute in range(3):
        assert bad.pk in waiting(later(minutes=minute))
        files.render_documents(waiting(later(minutes=minute)), later(minutes=minute))

    assert waiting(later(minutes=3)) == []
    assert waiting(later(days=1, minutes=1)) == [bad.pk]
    kept = AuditEntry.objects.filter(subject_kind="invoice", subject_id=bad.pk, action="invoice.files_failed")
    assert [entry.reason for entry in kept] == ["CannotBeDrawn: the text has no glyph"] * 3
    assert (good.files.count(), bad.files.count()) == (1, 0)


def test_a_large_document_that_costs_workers_their_life_is_left_alone_after_three_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = issued(1, 2)
    monkeypatch.setattr(files, "LARGE", 1)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files, "pdf_of", killed)
        for minute in range(3):
            assert waiting(later(minutes=minute)) == [document.pk]
            with pytest.raises(KeyboardInterrupt):
                files.render_documents([document.pk], later(minutes=minute))

    assert waiting(later(minutes=3)) == []
    assert files.stored(document, "pdf", at=later(minutes=4)).startswith(b"%PDF")  # a person may still ask for it


def test_the_task_draws_what_waits_corrections_too() -> None:
    document = issued()
    void_invoice(document.pk, then="bill", reason="Doppelt", by="petra", at=NOW)

    tasks.render_documents()

    assert waiting(NOW + timedelta(days=400)) == []
    assert StoredFile.objects.count() == 2
    assert Heartbeat.objects.filter(pk="documents").exists()
    planned = SCHEDULE["draw issued documents"]
    assert (planned["task"], planned["schedule"]) == (tasks.render_documents.name, timedelta(minutes=1))
    assert ROUTES["invoicing.tasks.*"] == {"queue": "billing"}


def test_issuing_asks_for_the_files_once_when_it_has_committed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.render_documents, "apply_async", lambda **options: sent.append(options))
    drafts = [draft(100, client=ClientFactory.create()) for _ in range(3)]

    with django_capture_on_commit_callbacks(execute=True):
        issue(*drafts)

    assert sent == [{"kwargs": {}}]
