"""invoice_file and audit_pack write what is stored."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from invoicing.lifecycle.payments import record_payment
from invoicing.models import StoredFile
from tests.factories import DAY, NOW, ClientFactory
from tests.invoicing.documents import draft, issue

if TYPE_CHECKING:
    from pathlib import Path

    from invoicing.models import Invoice

pytestmark = pytest.mark.django_db


class Output(StringIO):
    """Text, and beneath it the bytes, as standard output has them."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = BytesIO()

    @property
    def buffer(self) -> BytesIO:
        return self.bytes


def issued(**client: Any) -> Invoice:
    document = draft(1000, 2500, client=ClientFactory.create(**client))
    issue(document)
    return document


def test_a_file_is_written_as_it_was_stored(tmp_path: Path) -> None:
    document = issued(e_invoice="zugferd")
    pdf, xml = tmp_path / "a.pdf", tmp_path / "a.xml"

    call_command("invoice_file", document.number, output=str(pdf))
    call_command("invoice_file", document.external_id, format="xml", output=str(xml))

    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == StoredFile.objects.get().sha256
    assert xml.read_bytes().startswith(b"<?xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.xml"]


def test_bytes_go_to_standard_output_but_not_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    document, out = issued(), Output()

    call_command("invoice_file", document.number, stdout=out)

    assert out.bytes.getvalue().startswith(b"%PDF")
    monkeypatch.setattr(out, "isatty", lambda: True)
    with pytest.raises(CommandError, match="no text for a terminal"):
        call_command("invoice_file", document.number, stdout=out)


def test_what_there_is_not_is_said(tmp_path: Path) -> None:
    document, other = issued(), draft(100, client=ClientFactory.create())
    there = tmp_path / "there.zip"

    for arguments, said in (
        (("invoice_file", "X-1"), "no document 'X-1'"),
        (("invoice_file", document.number, "--format", "xml"), "no electronic invoice"),
        (("invoice_file", other.external_id), "not issued"),
        (("audit_pack", other.external_id, "--output", str(there)), "not issued"),
        (("invoice_file", document.number, "--output", str(tmp_path / "none" / "a.pdf")), "No such file"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_an_audit_pack_has_everything_and_the_hash_of_each_and_is_the_same_each_time(tmp_path: Path) -> None:
    document = issued(e_invoice="xrechnung_cii", leitweg_id="04011000-12345-03")
    record_payment(document.pk, amount_cents=500, received_on=DAY, reference="A 17", method="transfer", by="p", at=NOW)
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"

    for path in (first, second):
        call_command("audit_pack", document.number, output=str(path))

    assert first.read_bytes() == second.read_bytes()
    with ZipFile(first) as pack:
        found = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(found.pop("manifest.json"))
    assert list(found) == [
        "document.pdf", "document.xml", "explanation.txt", "export.json", "audit.jsonl", "payments.jsonl",
    ]  # fmt: skip
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }
    assert manifest["number"] == document.number
    assert manifest["stored"]["pdf"]["sha256"] == manifest["files"]["document.pdf"]["sha256"]
    assert manifest["stored"]["xrechnung_cii"]["sha256"] == manifest["files"]["document.xml"]["sha256"]
    assert "2. Rack at 2500: 25,00 EUR" in found["explanation.txt"].decode()
    assert "Einmalige Leistung" in found["explanation.txt"].decode()
    assert json.loads(found["export.json"])["lines"][1]["amount_cents"] == 2500
    assert json.loads(found["audit.jsonl"].splitlines()[0])["action"] == "invoice.issued"
    assert json.loads(found["payments.jsonl"])["amount_cents"] == 500
