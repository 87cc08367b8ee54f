"""What waits among a long history, against the same without history: no query may grow with what is settled."""

from __future__ import annotations

import argparse

from benchmarks import data
from benchmarks.bill_tickets import bill
from benchmarks.measure import Contender, in_turns, print_ratios
from benchmarks.stage import stage

AMONG, ALONE = "with the history", "without history"
SCANS = 10
INDEX = "tickets_ticket_awaiting"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000, help="that wait")
    parser.add_argument("--old", type=int, default=200_000, help="that are settled")
    parser.add_argument("--full", action="store_true", help="a million settled ones")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    old = 1_000_000 if options.full else options.old
    with stage(durable=not options.throw_away) as ready:
        empty = ready.keep("empty")
        data.build(options.tickets)
        alone = ready.keep("alone")
        with ready.trial(empty):
            data.build(options.tickets, old=old)
            among = ready.keep("among")
        with ready.trial(among):
            check_plan()
        print(f"{options.tickets} tickets wait, {old} are settled")
        for title, run in ((f"Finding them, {SCANS} times", find), ("Billing them", bill)):
            contenders = [Contender(ALONE, run, data=alone), Contender(AMONG, run, data=among)]
            print_ratios(title, in_turns(ready, contenders, repeat=options.repeat), floor=ALONE)


def find() -> None:
    """Page through what is due, as sweep and catch-up do."""
    from tickets import automation

    for _ in range(SCANS):
        for _ in automation.due(data.AT).pages_of_ids(automation.PAGE):
            pass


def check_plan() -> None:
    """The first page and the ones after it must come from the partial index alone."""
    from django.db import connection

    with connection.cursor() as cursor:
        for query in _queries():
            cursor.execute(f"EXPLAIN {query}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            if INDEX not in plan or "Seq Scan" in plan:
                raise SystemExit(f"A page of what waits is not read from {INDEX}:\n{plan}")
    print(f"Every page is read from {INDEX}")


def _queries() -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    import config
    from tickets import automation

    config.billing()  # reads what administrators have stored, before anything is counted
    with CaptureQueriesContext(connection) as captured:
        list(automation.due(data.AT).pages_of_ids(automation.PAGE, 2 * automation.PAGE))
    return [query["sql"] for query in captured.captured_queries]


if __name__ == "__main__":
    main()
