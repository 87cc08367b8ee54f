"""Running a month of partners, against one set-based SQL transaction that writes the same rows.

Then the memory of a process that bills a few calls and cases, and of one that bills a hundred times as many; and what
the month costs when older months, billed by the product, are in the same tables.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Any

from benchmarks import gateway_floor, gateway_stage
from benchmarks.data import AT
from benchmarks.gateway_stage import MONTH, OLDER, Size
from benchmarks.measure import Contender, answers, counting, in_turns, print_ratios, ratios
from benchmarks.stage import Stage, owner, stage

FLOOR, PRODUCT = "floor: one SQL transaction", "a run per partner"
ALONE, AMONG = "the only month in the tables", "after older months"
MOST, MOST_LATER, MOST_MEMORY = 2.0, 1.3, 1.3
ENOUGH = 200_000  # calls and cases: with fewer the limits would judge what each statement costs by itself
QUICK, FULL = Size(20, 10, 100), Size(100, 10, 1000)
MONTHS, SHARE = 10, 10  # older months; in each, as in the month that is compared, a tenth of the usage
SMALL, LARGE = Size(1, 10, 500), Size(1, 10, 50_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, least in (("partners", QUICK.partners), ("companies", QUICK.companies), ("calls", QUICK.calls)):
        parser.add_argument(f"--{name}", type=int, default=least)
    parser.add_argument("--older", type=int, default=MONTHS, help="months that are billed before")
    parser.add_argument("--full", action="store_true", help=f"{FULL}; memory of a million")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    size = FULL if options.full else Size(options.partners, options.companies, options.calls)
    with stage(durable=not options.throw_away) as ready:
        empty = ready.keep("empty")
        slow = [
            *compare(ready, empty, size, repeat=options.repeat),
            *compare_history(ready, empty, _share(size), options.older, repeat=options.repeat),
            *compare_memory(ready, empty, LARGE if options.full else Size(1, size.companies, size.calls * 10)),
        ]
    if slow:
        raise SystemExit("; ".join(slow))


def bill(month: str = MONTH) -> None:
    """What the command does; each partner must get an invoice."""
    from contracts.models import Client
    from gateway_billing.automation import run_months
    from gateway_billing.months import month_of
    from gateway_billing.partners import partners_of_month

    partners = list(partners_of_month(*month_of(Client(timezone="Europe/Berlin"), month).to_date_range()))
    for plan in run_months(partners, month, at=AT, by=gateway_floor.BY):
        if plan.outcome != "invoice":
            raise SystemExit(f"{plan.partner}: {plan.outcome} {plan.reason}")


def compare(ready: Stage, empty: str, size: Size, *, repeat: int) -> list[str]:
    """Both must write the same, else the comparison means nothing; answers what is too slow."""
    with ready.trial(empty):
        gateway_stage.build(size)
        data = ready.keep("month")
    told = gateway_floor.keep(ready, data, bill)
    with ready.trial(told):
        gateway_floor.run()
        floor = written()
    with ready.trial(data), counting() as statements:
        bill()
        count = statements.count
        product = written()
    if floor != product:
        raise SystemExit(f"The floor and the product wrote different rows:\n{floor}\n{product}")
    print("Both wrote the same rows:", ", ".join(f"{rows[0]} {table}" for table, rows in product.items()))
    print(f"Statements: {count}, {count / size.partners:.0f} a partner")
    contenders = [Contender(FLOOR, gateway_floor.run, data=told), Contender(PRODUCT, bill, data=data)]
    seconds = in_turns(ready, contenders, repeat=repeat)
    print_ratios(f"A month of {size}", seconds, floor=FLOOR)
    return _beyond(seconds, FLOOR, MOST, size)


def compare_history(ready: Stage, empty: str, size: Size, older: int, *, repeat: int) -> list[str]:
    """The same month with and without older ones, which the product has billed; answers what is too slow."""
    with ready.trial(empty):
        gateway_stage.build(size)
        alone = ready.keep("alone")
    with ready.trial(empty):
        gateway_stage.build(size, older=older)
        for month in reversed(OLDER[:older]):
            bill(month)
        with owner() as connection:
            connection.execute("VACUUM (ANALYZE)")
        among = ready.keep("among")
    contenders = [Contender(ALONE, bill, data=alone), Contender(AMONG, bill, data=among)]
    seconds = in_turns(ready, contenders, repeat=repeat)
    print_ratios(f"A month of {size}, {older} older ones billed", seconds, floor=ALONE)
    return _beyond(seconds, ALONE, MOST_LATER, size)


def compare_memory(ready: Stage, empty: str, large: Size) -> list[str]:
    """The peak of a process that runs the month of a partner with few, and with many calls and cases."""
    peaks = {}
    small = Size(1, large.companies, max(1, large.calls // 100))
    for size in (small, large):
        with ready.trial(empty):
            gateway_stage.build(size)
            command = [
                sys.executable,
                "-m",
                "benchmarks.peak",
                "aggregate_month",
                "--month",
                MONTH,
                "--at",
                AT.isoformat(),
            ]
            peaks[size] = int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(f"Peak memory with {size.rows} calls and cases: {peaks[size] / 1024:.1f} MB", flush=True)
    growth = peaks[large] / peaks[small]
    print(f"Memory grows to {growth:.2f}x with a hundred times the calls and cases")
    return [f"Memory grows to {growth:.2f}x; the limit is {MOST_MEMORY}"] if growth > MOST_MEMORY else []


def _share(size: Size) -> Size:
    return Size(size.partners, size.companies, max(1, size.calls // SHARE))


def _beyond(seconds: dict[str, list[float]], floor: str, most: float, size: Size) -> list[str]:
    (name, ratio), *_ = ((name, found) for name, found in ratios(seconds, floor=floor).items() if name != floor)
    return [f"{name}: {ratio:.2f}x of {floor}; the limit is {most}"] if ratio > most and size.rows >= ENOUGH else []


# Fingerprints without keys that are taken at random or in another order.
WRITTEN = {
    "invoices": """SELECT count(*), sum(subtotal_cents), md5(string_agg(concat_ws('|', client_id, kind, status,
        currency, period_start, period_end, created_at, line_count, subtotal_cents), '|' ORDER BY client_id))
        FROM invoicing_invoice""",
    "lines": """SELECT count(*), sum(l.amount_cents), md5(string_agg(concat_ws('|', i.client_id, l.position, l.kind,
        l.company_id, l.description, l.quantity, l.unit, l.unit_price, l.price_per, l.amount_cents, l.explanation), '|'
        ORDER BY i.client_id, l.position))
        FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id""",
    "claims": """SELECT count(*), sum(c.amount_cents), sum(hashtextextended(concat_ws('|', c.kind, source_id, part,
        outcome, c.quantity, c.amount_cents, l.position, l.company_id, reference = '', claimed_at), 0))
        FROM invoicing_claim c LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id""",
    "runs": """SELECT count(*), count(invoice_id), md5(string_agg(concat_ws('|', partner_id, period_start, period_end,
        timezone, closed_by, outcome), '|' ORDER BY partner_id)) FROM gateway_billing_monthrun""",
    "audit entries": """SELECT count(*), count(DISTINCT subject_id), md5(string_agg(concat_ws('|', at, by, action,
        subject_kind, data - 'invoice'), '|' ORDER BY data->'subtotal_cents', data->'units'))
        FROM invoicing_auditentry""",
}


def written() -> dict[str, tuple[Any, ...]]:
    """Count, sum and fingerprint of what stands in each table."""
    return answers(WRITTEN)


if __name__ == "__main__":
    main()
