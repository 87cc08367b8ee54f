"""Write the import files of the demo: `python -m demo.make_demo [FOLDER]`. The same files every time.

Nothing is drawn by chance: a ticket follows from its place in the month, the special cases are listed by that place.
The tickets after those are told one by one.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from demo import small_clients as small
from demo.agreements import ASSIGNMENTS, CLIENTS, CONTACTS, CONTRACTS, RATES, Record, contact_id, contacts
from demo.gateway import gateway_files
from demo.special import EXPENSES, GONE, PIECES, TICKETS
from demo.work import REQUESTS, Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TICKETS = 120
_FIRST_NUMBER = 4001
_ZONE = ZoneInfo("Europe/Berlin")
_TECHNICIANS = ("kim", "jonas", "mira", "tobias")
# October 2026 begins on a Thursday; the 3rd is a holiday (and a Saturday), the clock goes back on the 25th.
_WORKING_DAYS = tuple(day for day in range(1, 31) if datetime(2026, 10, day, tzinfo=_ZONE).weekday() < 5)  # noqa: PLR2004


def files() -> dict[str, list[Record]]:
    """File name -> its records, in the order in which they are imported."""
    tickets: list[Record] = []
    time: list[Record] = []
    expenses: list[Record] = []
    for place in range(_TICKETS):
        ticket = _ticket(place)
        tickets.append(ticket)
        time += _entries(place, ticket)
        expenses += _expenses(place, ticket)
    return {
        "01-clients.jsonl": [*CLIENTS, *small.CLIENTS, *CONTACTS, *contacts(small.PEOPLE)],
        "02-contracts.jsonl": [
            *CONTRACTS, *small.CONTRACTS, *ASSIGNMENTS, *RATES, *small.RECURRING, *small.CHARGES, *small.ALLOCATIONS,
        ],
        "03-tickets.jsonl": [*tickets, *_cases("ticket")],
        "04-time.jsonl": [*time, *_cases("time_entry"), *expenses, *_cases("expense"), *small.MANUAL_BILLS],
    }  # fmt: skip


def _cases(kind: str) -> list[Record]:
    return [record for record in small.CASES if record["type"] == kind]


def text(records: Iterable[Record]) -> str:
    """The records as JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _client_at(place: int) -> str:
    return str(CLIENTS[place % len(CLIENTS)]["id"])


def _arrived(place: int) -> datetime:
    day = _WORKING_DAYS[place * len(_WORKING_DAYS) // _TICKETS]
    return datetime(2026, 10, day, 8 + place * 5 % 4, place * 17 % 60, tzinfo=_ZONE)


def _ticket(place: int) -> Record:
    request, arrived, client = REQUESTS[place * 7 % len(REQUESTS)], _arrived(place), _client_at(place)
    # A client comes round every eight places; its two people take turns.
    contact = contact_id(client, place // len(CLIENTS) % 2)
    found: Record = {
        "type": "ticket", "id": f"t{_FIRST_NUMBER + place}", "client": client, "number": str(_FIRST_NUMBER + place),
        "subject": request.subject, "status": "closed", "created_at": arrived.isoformat(), "billable": True,
        "contact": contact, "ticket_type": request.ticket_type, "priority": request.priority,
        "closed_at": (arrived + timedelta(hours=6 + place % 2, minutes=place * 13 % 60)).isoformat(),
    }  # fmt: skip
    if client == "brauer" and place // len(CLIENTS) % 4 == 1:
        found["contract"] = "brauer-migration"
    return _with(found, TICKETS.get(place, {}))


def _entries(place: int, ticket: Record) -> Iterator[Record]:
    begin = datetime.fromisoformat(str(ticket["created_at"])) + timedelta(minutes=15)
    for index, piece in enumerate(REQUESTS[place * 7 % len(REQUESTS)].pieces):
        entry = _entry(ticket, index, piece, begin, technician=_TECHNICIANS[(place + index // 2) % len(_TECHNICIANS)])
        begin += timedelta(minutes=piece.minutes + 20)
        yield _with(entry, PIECES.get((place, index), {}))


def _entry(ticket: Record, index: int, piece: Piece, begin: datetime, *, technician: str) -> Record:
    found: Record = {
        "type": "time_entry", "id": f"{ticket['id']}-{index + 1}", "ticket": ticket["id"], "technician": technician,
        "work_date": begin.date().isoformat(),
    }  # fmt: skip
    if index == 1:  # the second piece of each ticket was timed, the others were typed
        pause = 5 if piece.minutes > 60 else 0  # noqa: PLR2004
        found |= {"started_at": begin.isoformat(), "paused_seconds": pause * 60}
        found["ended_at"] = (begin + timedelta(minutes=piece.minutes + pause)).isoformat()
    elif piece.minutes * 100 % 60 == 0:
        found["hours_worked"] = f"{piece.minutes * 100 // 60 / 100:.2f}"
    else:
        found["seconds_worked"] = piece.minutes * 60
    if piece.work_type:
        found["work_type"] = piece.work_type
    approved = ticket.get("client") == "nordlicht" or index == 0
    return found | {"status": "approved" if approved else "submitted", "description": piece.note}


def _expenses(place: int, ticket: Record) -> Iterator[Record]:
    for index, expense in enumerate(EXPENSES.get(place, ())):
        day = str(ticket["created_at"])[:10]
        yield {"type": "expense", "id": f"{ticket['id']}-x{index + 1}", "ticket": ticket["id"], "date": day, **expense}


def _with(record: Record, special: dict[str, Any]) -> Record:
    """The record with what is special about it; GONE takes a key away."""
    return {key: value for key, value in (record | special).items() if value is not GONE}


def main() -> None:
    """Write the files next to this one, or into the folder named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, records in (files() | gateway_files()).items():
        (folder / name).write_text(text(records), encoding="utf-8")


if __name__ == "__main__":
    main()
