"""The command around an import: its input, its options, its progress and its trace."""

from __future__ import annotations

import io
import json
import logging
import sys
from datetime import UTC, datetime

import pytest

from contracts.models import Contact
from invoicing.models import AuditEntry
from office.importing import progress as progress_module
from office.importing.registry import TYPES

from .lines import EVERYTHING, LINES, file_of, import_files, import_lines, line

pytestmark = pytest.mark.django_db

CREATED = [f"{kind}: 1 created, 0 updated, 0 unchanged" for kind in LINES]


def test_several_files_are_one_import_and_their_lines_are_named(tmp_path):
    first = file_of(tmp_path, line("contact"), line("contact"), name="a.jsonl")
    second = file_of(tmp_path, line("client"), line("contact"), name="b.jsonl")

    code, _, err = import_files(first, second)

    assert code == 2
    assert err[:-1] == [
        f'{first} line 1: id: "ann" is also on line 2',
        f'{first} line 2: id: "ann" is also on line 1',
        f'{second} line 2: id: "ann" is also on {first} line 1',
    ]


def test_standard_input_is_read_as_a_file(monkeypatch):
    content = "\n".join(json.dumps(record) for record in EVERYTHING).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    assert import_files("-")[:2] == (0, CREATED)


def test_empty_lines_are_passed_over_and_an_empty_file_says_so(tmp_path):
    assert import_lines(tmp_path, "", line("client"), "  ", "")[1] == ["client: 1 created, 0 updated, 0 unchanged"]
    assert import_lines(tmp_path)[:2] == (0, ["nothing to import"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"at": "today"}, "--at today is not a datetime such as 2026-01-15T09:00:00+01:00"),
        ({"at": "2026-01-15T09:00:00"}, "--at 2026-01-15T09:00:00 needs an offset such as +01:00"),
    ],
)
def test_a_moment_that_cannot_be_read_ends_the_command(tmp_path, options, sentence):
    assert import_lines(tmp_path, **options) == (2, [], [sentence])


def test_a_file_that_is_not_there_ends_the_command():
    assert import_files("/nowhere/x.jsonl") == (2, [], ["cannot read /nowhere/x.jsonl: No such file or directory"])


def test_the_clock_is_read_where_no_moment_is_given(tmp_path):
    before = datetime.now(UTC)

    import_lines(tmp_path, line("client"), at=None)

    assert AuditEntry.objects.get().at >= before


def test_an_import_leaves_one_audit_entry_with_its_counts(tmp_path):
    import_lines(tmp_path, *EVERYTHING, by="kim")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.at) == ("records.imported", "kim", datetime(2026, 2, 1, 8, tzinfo=UTC))
    assert entry.data["time_entry"] == {"created": 1, "updated": 0, "unchanged": 0}


def test_more_lines_than_one_batch_holds_are_imported_and_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(progress_module, "LINES_A_LOG", 5000)
    contacts = (line("contact", id=f"p{n}", name=f"Person {n}") for n in range(12_000))

    with caplog.at_level(logging.INFO, logger="billing.import"):
        _, out, _ = import_lines(tmp_path, *contacts, line("client"))

    assert out == ["client: 1 created, 0 updated, 0 unchanged", "contact: 12000 created, 0 updated, 0 unchanged"]
    assert Contact.objects.count() == 12_000


def test_progress_moves_on_a_terminal_and_is_cleared_at_the_end():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    shown = progress_module.Progress(terminal)

    shown(1)
    shown(2000)
    shown.stage("checking")
    shown.end()

    assert terminal.getvalue() == "\r\x1b[K2000 lines read\r\x1b[Kchecking\r\x1b[K"


def test_progress_is_a_log_line_elsewhere(caplog):
    shown = progress_module.Progress(io.StringIO())

    with caplog.at_level(logging.INFO, logger="billing.import"):
        shown(99_999)
        shown.stage("not said of a short run")
        shown(100_000)
        shown.stage("checking")
        shown.end()

    assert [record.getMessage() for record in caplog.records] == ["100000 lines read", "checking"]


def test_no_type_has_more_columns_than_its_masks_have_bits():
    assert max(len(kind.columns) for kind in TYPES.values()) < 63
