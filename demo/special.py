"""What is out of the ordinary in the month, by the place of the ticket (0 to 119; client = place modulo 8)."""

from __future__ import annotations

from typing import Any

GONE = object()  # takes a key away

# In work when the demo starts; the demo closes them. One of each client that is billed by machine, some twice.
IN_PROGRESS = (97, 99, 100, 101, 102, 104, 108, 109, 112, 115)

TICKETS: dict[int, dict[str, Any]] = {
    **{place: {"status": "in_progress", "closed_at": GONE} for place in IN_PROGRESS},
    113: {"status": "waiting", "closed_at": GONE},
    116: {"status": "open", "closed_at": GONE},
    118: {"status": "new", "closed_at": GONE},
    117: {"status": "resolved", "closed_at": GONE, "resolved_at": "2026-10-30T16:40:00+01:00"},
    90: {"status": "cancelled", "closed_at": GONE},
    # Never billed, each for its own reason.
    11: {"billable": False},
    20: {"ticket_type": "warranty"},
    34: {"internal": True, "client": None, "contact": GONE, "subject": "Own lab: patch day"},
    50: {"ticket_type": "training"},
    # Brauer's second person has no assignment: without a contract of its own, such a ticket waits for a person.
    40: {"contract": "brauer-service"},
    56: {"contract": "brauer-service"},
    72: {
        "contract": "brauer-service",
        "subject": "Production line stands: control server down",
        "ticket_type": "incident",
        "priority": "critical",
        "created_at": "2026-10-25T01:20:00+02:00",
        "closed_at": "2026-10-26T09:40:00+01:00",
    },
    # Work outside the usual hours, and so closed later than usual.
    0: {"closed_at": "2026-10-01T19:20:00+02:00"},
    8: {"closed_at": "2026-10-05T09:05:00+02:00"},
    12: {"closed_at": "2026-10-06T08:10:00+02:00"},
    16: {"created_at": "2026-10-04T10:40:00+02:00"},
    32: {"closed_at": "2026-10-12T09:30:00+02:00"},
    64: {"closed_at": "2026-10-19T08:15:00+02:00"},
    # The old contract of Alpenglas ends on the 15th, in the middle of this ticket.
    61: {"created_at": "2026-10-14T10:05:00+02:00", "closed_at": "2026-10-16T17:20:00+02:00"},
    51: {
        "subject": "Ransomware drill with the auditor",
        "created_at": "2026-10-13T07:10:00+02:00",
        "closed_at": "2026-10-13T17:05:00+02:00",
    },
    # The fee was on the last invoice of the former system.
    1: {"billed_elsewhere": "R-2026-0918"},
}


def _at(day: int, start: str, end: str, offset: str = "+02:00", **more: Any) -> dict[str, Any]:
    """A piece of work with its real time, instead of the one that follows from the ticket."""
    date = f"2026-10-{day:02}"
    return {
        "work_date": date, "started_at": f"{date}T{start}:00{offset}", "ended_at": f"{date}T{end}:00{offset}",
        "paused_seconds": 0, "hours_worked": GONE, "seconds_worked": GONE, **more,
    }  # fmt: skip


PIECES: dict[tuple[int, int], dict[str, Any]] = {
    # Approval: a draft and a rejected entry never count, one that waits holds the ticket where approval is required.
    (3, 1): {"status": "draft"},
    (9, 0): {"status": "rejected"},
    (27, 1): {"status": "rejected"},
    (44, 1): {"status": "submitted"},
    (60, 0): {"status": "submitted"},
    # Goodwill, own prices, work billed before.
    (5, 1): {"billable": False},
    (22, 0): {"billable": False},
    (37, 1): {"hourly_rate": "75.00"},
    (48, 0): {"hourly_rate": "120.00"},
    (13, 0): {"billed_elsewhere": "R-2026-0922"},
    # Evening, weekend, the holiday, an emergency at night, the hour that came twice.
    (0, 1): _at(1, "18:30", "19:10"),
    (8, 1): _at(3, "09:00", "10:30"),
    (16, 0): _at(4, "11:00", "11:50"),
    (32, 1): _at(10, "14:00", "16:15", paused_seconds=900),
    (64, 1): _at(17, "22:15", "23:40", emergency=True),
    (72, 0): _at(25, "01:30", "02:00", emergency=True, description="Control server started on the spare machine")
    | {"ended_at": "2026-10-25T02:15:00+01:00"},
    (72, 1): _at(26, "08:10", "08:55", "+01:00", description="Spare server taken back, reason documented"),
    (12, 1): _at(5, "20:00", "21:20"),
    (61, 0): _at(14, "10:20", "11:20"),
    (61, 1): _at(16, "15:00", "16:45", work_type="onsite"),
    # More than eight hours on one ticket: somebody has to look at it first.
    (51, 0): {"description": "Attack played through, alarms timed", "hours_worked": "4.50", "seconds_worked": GONE},
    (51, 1): _at(13, "12:00", "16:15", description="Restore of three servers, report with the auditor"),
}

EXPENSES: dict[int, tuple[dict[str, Any], ...]] = {
    2: ({"description": "Toner cartridge, black", "quantity": "2", "unit_price": "84.90", "goods": True},),
    4: ({"description": "Licence, office suite, one month", "quantity": "1", "unit_price": "12.60"},),
    16: ({"description": "Patch cable 3 m", "quantity": "6", "unit_price": "4.35", "goods": True},),
    21: ({"description": "Courier to Innsbruck", "quantity": "1", "unit_price": "38.00"},),
    25: ({"description": "SSD 1 TB", "quantity": "2", "unit_price": "79.90", "goods": True},),
    30: (
        {"description": "Access point, ceiling", "quantity": "1", "unit_price": "149.00", "goods": True},
        {"description": "PoE injector", "quantity": "1", "unit_price": "24.50", "goods": True},
    ),
    43: ({"description": "Docking station USB-C", "quantity": "1", "unit_price": "189.00", "goods": True},),
    45: ({"description": "Parking at the customer's", "quantity": "1", "unit_price": "9.50"},),
    52: ({"description": "Display 15.6 inch, spare part", "quantity": "1", "unit_price": "134.75", "goods": True},),
    56: ({"description": "Fan for rack server", "quantity": "2", "unit_price": "46.20", "goods": True},),
    67: ({"description": "Server certificate, one year", "quantity": "1", "unit_price": "69.00"},),
    78: ({"description": "Travel, train Zurich", "quantity": "1", "unit_price": "96.40"},),
    88: ({"description": "Kilometres driven", "quantity": "86", "unit_price": "0.52"},),
    104: (
        {"description": "Books on network administration", "quantity": "1", "unit_price": "44.86", "tax_rate": "7",
         "goods": True},
    ),
}  # fmt: skip
