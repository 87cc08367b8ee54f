"""Import lines for tests: one of each type, complete, and a way to import them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-02-01T08:00:00+00:00"

LINES: dict[str, dict[str, Any]] = {
    "client": {"id": "acme", "name": "Acme GmbH", "currency": "EUR", "country": "DE"},
    "contact": {"id": "ann", "client": "acme", "name": "Ann", "email": "ann@acme.example"},
    "contract": {"id": "c1", "client": "acme", "status": "active", "start_date": "2026-01-01"},
    "assignment": {"id": "a1", "contract": "c1", "contact": "ann", "start_date": "2026-01-01"},
    "rate": {"id": "r1", "contract": "c1", "valid_from": "2026-01-01", "hourly_rate": "90.00"},
    "ticket": {
        "id": "t1", "client": "acme", "number": "1001", "subject": "Mail down", "status": "closed", "billable": True,
        "created_at": "2026-01-15T09:00:00+01:00", "closed_at": "2026-01-15T17:00:00+01:00",
    },
    "time_entry": {
        "id": "e1", "ticket": "t1", "technician": "kim", "work_date": "2026-01-15", "hours_worked": "1.50",
    },
    "expense": {
        "id": "x1", "ticket": "t1", "date": "2026-01-15", "description": "SSD", "quantity": "2", "unit_price": "79.90",
    },
}  # fmt: skip


def line(kind: str, **changes: Any) -> dict[str, Any]:
    """A complete line of this type with changes; GONE takes a key away."""
    record = {"type": kind, **LINES[kind], **changes}
    return {key: value for key, value in record.items() if value is not GONE}


GONE = object()
EVERYTHING = [line(kind) for kind in LINES]


def file_of(folder: Path, *records: dict[str, Any] | str | bytes, name: str = "records.jsonl") -> str:
    """Write the lines to a file; text and bytes go in as they are."""
    written = [
        record if isinstance(record, bytes) else (record if isinstance(record, str) else json.dumps(record)).encode()
        for record in records
    ]
    path = folder / name
    path.write_bytes(b"".join(record + b"\n" for record in written))
    return str(path)


def import_files(*names: str, **options: Any) -> tuple[int, list[str], list[str]]:
    """Run the command. Returns its exit code, the lines of standard output and of standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_records", *names, stdout=out, stderr=err, **{"at": AT, **options})
    except CommandError as error:
        return error.returncode, out.getvalue().splitlines(), [*err.getvalue().splitlines(), str(error)]
    return 0, out.getvalue().splitlines(), err.getvalue().splitlines()


def import_lines(
    folder: Path, *records: dict[str, Any] | str | bytes, **options: Any
) -> tuple[int, list[str], list[str]]:
    """Import these lines as one file."""
    return import_files(file_of(folder, *records), **options)


def problems(folder: Path, *records: dict[str, Any] | str | bytes) -> list[str]:
    """What the command says about lines of which at least one is wrong, without its last sentence."""
    code, out, err = import_lines(folder, *records)
    assert (code, out) == (2, [])
    return err[:-1]
