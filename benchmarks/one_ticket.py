"""What one ticket asks of the database when its task bills it."""

from __future__ import annotations

import argparse

from benchmarks import data
from benchmarks.measure import counting
from benchmarks.stage import stage

MOST = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the statements")
    options = parser.parse_args()
    with stage(durable=False) as ready:
        data.build(10)
        counts = {}
        for kind, number in (("by the hour", 1), ("with a fee besides", 6), ("hours included", 8), ("unlimited", 9)):
            with ready.trial():
                counts[kind] = statements(f"T{number}", show=options.list)
        for kind, count in counts.items():
            print(f"{kind:<20}{count:>4} statements, BEGIN and COMMIT not counted")
        if max(counts.values()) > MOST:
            raise SystemExit(f"More than {MOST} statements for one ticket.")


def statements(number: str, *, show: bool) -> int:
    """How many statements the task sends for the ticket of that number."""
    from tickets.models import Ticket
    from tickets.tasks import bill_ticket

    pk = Ticket.objects.get(number=number).pk
    with counting() as counted:
        bill_ticket.apply(kwargs={"ticket_id": pk}, throw=True)
    if show:
        print(number, *(query[:150] for query in counted.seen), sep="\n  ")
    ticket = Ticket.objects.get(pk=pk)
    if ticket.billing_status not in ("billed", "covered"):
        raise SystemExit(f"The ticket was not billed: it is {ticket.billing_status} ({ticket.billing_reason}).")
    return counted.count


if __name__ == "__main__":
    main()
