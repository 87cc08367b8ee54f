"""Importing calls, against a plain COPY of the same rows into the same table.

The floor is the least that storing the calls can cost: one COPY of rows that are ready to be stored (keys of companies
looked up, values checked, text rendered beforehand) into the table of calls, as the application's role, with all its
constraints, indexes and triggers. The import reads JSON Lines, checks each line by itself and all of them against each
other and what is stored, and then stores them.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.data import AT, insert
from benchmarks.measure import Contender, in_turns, print_ratios, ratios
from benchmarks.stage import owner, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR, PRODUCT = "floor: plain COPY of ready rows", "import_records"
LIMIT = 3
COMPANIES = 100
COLUMNS = ("external_id", "company_id", "started_at", "duration_seconds", "status")
FINGERPRINT = """
SELECT count(*), sum(duration_seconds),
    sum(hashtextextended(concat_ws('|', external_id, company_id, started_at, duration_seconds, status), 0))
FROM gateway_billing_call
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help="a million calls")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    calls = 1_000_000 if options.full else options.calls
    with TemporaryDirectory(prefix="billing-benchmark-") as folder, stage(durable=not options.throw_away) as ready:
        build_companies()
        lines, rows = Path(folder, "calls.jsonl"), Path(folder, "calls.copy")
        write_files(calls, lines, rows)
        floor, product = (
            Contender(FLOOR, lambda: copy_calls(rows)),
            Contender(PRODUCT, lambda: import_calls(lines)),
        )
        wrote = {}
        for contender in (floor, product):
            with ready.trial():
                contender.run()
                wrote[contender.name] = fingerprint()
        if wrote[FLOOR] != wrote[PRODUCT]:
            sys.exit(f"The floor and the product wrote different calls: {wrote}")
        print(f"Both wrote the same rows: {wrote[FLOOR][0]} calls of {COMPANIES} companies")
        seconds = in_turns(ready, [floor, product], repeat=options.repeat)
        print_ratios(f"Importing {calls} calls", seconds, floor=FLOOR)
        if (found := ratios(seconds, floor=FLOOR)[PRODUCT]) > LIMIT and options.full:
            sys.exit(f"The import takes {found:.2f} times as long as a plain COPY; the limit is {LIMIT}.")


def build_companies() -> None:
    """A partner and the companies that it manages."""
    from contracts.models import Client

    client = {
        "name": "'Company ' || n", "currency": "'EUR'", "country": "'DE'", "address_line1": "'Hauptstr. ' || n",
        "postcode": "'10115'", "city": "'Berlin'", "delivery": "'none'",
    }  # fmt: skip
    partner = client | {"external_id": "'partner'", "is_partner": "true"}
    company = client | {"external_id": "'company-' || n", "managed_by_id": "p.id"}
    with owner() as connection:
        insert(connection, Client, partner, "(SELECT 0 AS n) one")
        companies = f"generate_series(0, {COMPANIES - 1}) n JOIN contracts_client p ON p.external_id = 'partner'"
        insert(connection, Client, company, companies)
        connection.execute("VACUUM (ANALYZE)")


def call_rows(calls: int) -> Iterator[tuple[str, int, str, int, str]]:
    """(id, number of the company, started at, seconds, status) of each call, spread over a month."""
    first = AT.replace(month=10, day=1, hour=6, minute=0)
    for number in range(calls):
        started = first + timedelta(seconds=number * 2_500_000 // calls)
        status = "failed" if number % 20 == 0 else "completed"
        yield f"call-{number * 7919 % calls}-{number}", number % COMPANIES, started.isoformat(), number % 900, status


def write_files(calls: int, lines: Path, rows: Path) -> None:
    """The same calls as the import and as COPY reads them."""
    from contracts.models import Client

    keys = dict(Client.objects.filter(managed_by__isnull=False).values_list("external_id", "pk"))
    with lines.open("w", encoding="utf-8") as to_import, rows.open("w", encoding="utf-8") as to_copy:
        for call, number, started, seconds, status in call_rows(calls):
            record = {
                "type": "call", "id": call, "company": f"company-{number}", "started_at": started,
                "duration_seconds": seconds, "status": status,
            }  # fmt: skip
            to_import.write(json.dumps(record) + "\n")
            to_copy.write(f"{call}\t{keys[f'company-{number}']}\t{started}\t{seconds}\t{status}\n")


def copy_calls(rows: Path) -> None:
    """The floor, in one transaction."""
    from django.db import connection, transaction

    statement = f"COPY gateway_billing_call ({', '.join(COLUMNS)}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copy, rows.open("rb") as file:
        while block := file.read(1 << 18):
            copy.write(block)


def import_calls(lines: Path) -> None:
    """The product, as the command calls it."""
    from office.importing.progress import Progress
    from office.importing.run import import_records

    wrong: list[object] = []
    import_records([str(lines)], at=AT, by="benchmark", report=wrong.append, progress=Progress(io.StringIO()))
    if wrong:
        sys.exit(f"The import refused its lines: {wrong[0]}")


def fingerprint() -> tuple[object, ...]:
    """What the table of calls holds, but for the primary keys."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return tuple(cursor.fetchone())


if __name__ == "__main__":
    main()
