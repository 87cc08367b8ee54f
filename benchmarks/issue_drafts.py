"""Issuing a thousand drafts, against one set-based SQL transaction that writes the same rows."""

from __future__ import annotations

import argparse

from benchmarks import data, issue_floor
from benchmarks.bill_tickets import bill
from benchmarks.measure import Contender, counting, in_turns, print_ratios
from benchmarks.stage import owner, stage

FLOOR, PRODUCT = "floor: one SQL transaction", "issue_invoices, pages of 500"
PAGE = 500
TICKETS_A_DRAFT = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    with stage(durable=not options.throw_away) as ready:
        clients = options.drafts * 10 // 8  # of ten clients two are wholly covered
        data.build(clients * TICKETS_A_DRAFT, clients=clients)
        bill()
        with owner() as connection:
            connection.execute("VACUUM (ANALYZE)")
        with ready.trial():
            issue_floor.run()
            floor = issue_floor.written()
        with ready.trial(), counting() as statements:
            issue()
            count = statements.count
            product = issue_floor.written()
        if floor != product:
            raise SystemExit(f"The floor and the product wrote different rows:\n{floor}\n{product}")
        print("Both wrote the same rows:", ", ".join(f"{rows[0]} {table}" for table, rows in product.items()))
        print(f"Statements: {count}")
        contenders = [Contender(FLOOR, issue_floor.run), Contender(PRODUCT, issue)]
        seconds = in_turns(ready, contenders, repeat=options.repeat)
        print_ratios(f"Issuing {options.drafts} drafts", seconds, floor=FLOOR)


def issue() -> None:
    """What the sweep does with drafts that are complete."""
    from invoicing.lifecycle.issue import issue_invoices
    from invoicing.models import Invoice

    ids = list(Invoice.objects.filter(status="draft").order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), PAGE):
        issue_invoices(ids[start : start + PAGE], at=data.AT, by="benchmark")


if __name__ == "__main__":
    main()
