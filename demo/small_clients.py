"""Four small clients, each with what is rare at the large ones, and what the large ones have besides tickets.

A ticket here is told whole; it stands for itself.
"""

from __future__ import annotations

from typing import Any

from demo.agreements import Record, client, contract

SHADOW, PRINTER, JOINER, CARE = "kornblum", "fabel", "amsel", "eckert"

CLIENTS: list[Record] = [
    client(
        SHADOW, "Kornblum Steuerberatung PartG mbB", ("Anger 41", "99084", "Erfurt"), "kanzlei@kornblum.example",
        region="TH", automation="shadow", hourly_rate="90.00",
    ),
    client(
        PRINTER, "Druckerei Fabel OHG", ("Gießerstraße 16", "04229", "Leipzig"), "buero@fabel.example",
        region="SN", automation="draft", hourly_rate="94.00", delivery="stripe",
    ),
    client(
        JOINER, "Tischlerei Amsel e. K.", ("Donaustraße 3", "89073", "Ulm"), "werkstatt@amsel.example",
        region="BW", automation="draft", hourly_rate="78.00",
    ),
    client(
        CARE, "Pflegedienst Eckert gGmbH", ("Hohe Straße 88", "44139", "Dortmund"), "verwaltung@eckert.example",
        region="NW", automation="draft", hourly_rate="82.00",
    ),
]  # fmt: skip

PEOPLE = {
    SHADOW: ("Britta Kornblum", "Jens Thiele"),
    PRINTER: ("Holger Fabel", "Susanne Ott"),
    JOINER: ("Frieda Amsel", "Karl Amsel-Wirth"),
    CARE: ("Yvonne Eckert", "Mehmet Kaya"),
}

CONTRACTS: list[Record] = [
    contract(
        "fabel-unlimited", PRINTER, included_tickets="unlimited", hourly_rate="94.00",
        fair_use={"soft_tickets": 2, "hard_tickets": 3},
    ),
    contract(
        "amsel-days", JOINER, strategy="time_based", hourly_rate="78.00", late_work="absorb", below_minimum="skip",
        rounding={"level": "day", "increment_minutes": 30, "direction": "nearest", "minimum_hours": "0.25"},
    ),
    contract("eckert-unlimited", CARE, included_hours="unlimited", hourly_rate="82.00"),
]  # fmt: skip


def _recurring(key: str, of: str, description: str, quantity: str, unit_price: str, **terms: Any) -> Record:
    return {
        "type": "recurring_charge", "id": key, "contract": of, "description": description, "quantity": quantity,
        "unit_price": unit_price, "valid_from": "2026-10-01", "valid_to": "2026-12-31", **terms,
    }  # fmt: skip


# Each ends with the year, so that the demo stays the same whenever it is run.
RECURRING: list[Record] = [
    _recurring("sonnenberg-seats", "sonnenberg-bundle", "Managed seat", "14", "6.50"),
    _recurring("weber-firewall", "weber-fixed", "Firewall, care and updates", "1", "390.00", interval="quarterly"),
    _recurring(
        "brauer-licences", "brauer-service", "Backup licences, one year", "6", "84.00", interval="yearly",
        valid_to="2027-09-30",
    ),
    # Three devices more from the 19th: one charge ends, another begins, and they share the month by the day.
    _recurring("nordlicht-devices", "nordlicht-prepaid", "Managed device", "20", "4.20", prorate=True,
               valid_to="2026-10-18"),
    _recurring("nordlicht-devices-2", "nordlicht-prepaid", "Managed device", "23", "4.20", prorate=True,
               valid_from="2026-10-19"),
    # The contract ends on the 15th, and with it the charge.
    _recurring("alpenglas-archive", "alpenglas-2025", "Mail archive", "1", "60.00", timing="arrears", prorate=True),
]  # fmt: skip

CHARGES: list[Record] = [
    {"type": "charge", "id": "brauer-rack", "client": "brauer", "date": "2026-10-20", "quantity": "1",
     "description": "Rack, 19 inch, 22 units", "unit_price": "689.00", "goods": True},
]  # fmt: skip

# What the former system had covered: prepaid hours of September, and three months of usual use.
ALLOCATIONS: list[Record] = [
    {"type": "allocation", "id": "nordlicht-2026-09", "contract": "nordlicht-prepaid", "month": "2026-09",
     "hours": "6.50"},
    *(
        {"type": "allocation", "id": f"eckert-{month}", "contract": "eckert-unlimited", "month": month, "hours": "1.00"}
        for month in ("2026-07", "2026-08", "2026-09")
    ),
]  # fmt: skip

MANUAL_BILLS: list[Record] = [
    {"type": "manual_bill", "id": "kornblum-31", "ticket": "t4121", "amount_cents": 13500, "reference": "K-2026-31"},
    {"type": "manual_bill", "id": "kornblum-32", "ticket": "t4122", "amount_cents": 3600, "reference": "K-2026-32"},
    {"type": "manual_bill", "id": "kornblum-33", "ticket": "t4124", "amount_cents": 4500, "reference": "K-2026-33"},
]


def _case(number: int, of: str, subject: str, day: int, *work: Record, **more: Any) -> list[Record]:
    """A ticket that comes in the morning and is closed in the evening of a day of October, and what was done on it."""
    date = f"2026-10-{day:02}"
    ticket = {
        "type": "ticket", "id": f"t{number}", "client": of, "number": str(number), "subject": subject,
        "status": "closed", "created_at": f"{date}T08:10:00+02:00", "billable": True, "ticket_type": "request",
        "priority": "medium", "closed_at": f"{date}T17:30:00+02:00", **more,
    }  # fmt: skip
    return [ticket, *({"ticket": ticket["id"], **one, "id": f"t{number}-{one['id']}"} for one in work)]


def _time(key: str, day: int, hours: str, note: str, **more: Any) -> Record:
    return {
        "type": "time_entry", "id": key, "technician": "mira", "work_date": f"2026-10-{day:02}", "hours_worked": hours,
        "status": "submitted", "description": note, **more,
    }  # fmt: skip


_DISK: Record = {
    "type": "expense", "id": "x1", "date": "2026-10-20", "description": "External disk 2 TB", "quantity": "1",
    "unit_price": "92.40", "goods": True,
}  # fmt: skip

CASES: list[Record] = [
    # In shadow: billed by hand to the cent, billed without rounding, forgotten, billed although not billable.
    *_case(4121, SHADOW, "Payroll export fails", 6, _time("1", 6, "1.50", "Export repaired, run again")),
    *_case(4122, SHADOW, "Signature card not read", 8, _time("1", 8, "0.40", "Driver of the reader replaced")),
    *_case(4123, SHADOW, "Second line for the tax portal", 13, _time("1", 13, "2.00", "Line and router set up")),
    *_case(4124, SHADOW, "Question about the archive", 15, _time("1", 15, "0.50", "Talked through", billable=False)),
    # Fair use: two tickets a month are usual, the fourth is beyond what the plan pays for.
    *_case(4125, PRINTER, "Colour profile lost", 2, _time("1", 2, "1.00", "Profile restored")),
    *_case(4126, PRINTER, "Plate server restarts", 7, _time("1", 7, "2.25", "Memory exchanged, load watched")),
    *_case(4127, PRINTER, "Job ticket system slow", 14, _time("1", 14, "0.75", "Index rebuilt")),
    *_case(4128, PRINTER, "New proofing station", 21, _time("1", 21, "1.50", "Station installed and calibrated")),
    # Rounded by the day to half hours; less than a quarter is not billed; what comes late is absorbed.
    *_case(
        4129, JOINER, "Cutting list does not reach the saw", 6, _time("1", 6, "0.20", "Share checked"),
        _time("2", 6, "0.20", "Rights set"), _time("3", 7, "1.70", "Converter written and tried"),
        closed_at="2026-10-07T17:10:00+02:00",
    ),
    *_case(4130, JOINER, "Password forgotten", 9, _time("1", 9, "0.10", "New password set")),
    *_case(4131, JOINER, "Calendar on two phones", 12, _time("1", 12, "1.00", "Both phones set up")),
    *_case(4132, JOINER, "Trial of the planning tool", 16, _time("1", 16, "1.00", "Shown", hourly_rate="0")),
    *_case(4133, JOINER, "Disk for the workshop", 20, _DISK),
    *_case(4134, JOINER, "Thanks and a question", 22, _time("1", 22, "0.30", "Answered", billable=False)),
    # An hour a month was usual: beyond three of them a person decides.
    *_case(4135, CARE, "Tour planning after the update", 5, _time("1", 5, "2.50", "Interfaces repaired")),
    *_case(4136, CARE, "Tablets for two new colleagues", 19, _time("1", 19, "1.00", "Tablets set up")),
    # Closed before the client was enrolled, and more than eight hours.
    *_case(
        4137, "brauer", "Scanner at the gate", 1, _time("1", 1, "1.00", "Driver replaced", work_date="2026-09-30"),
        contract="brauer-service", created_at="2026-09-30T09:00:00+02:00", closed_at="2026-09-30T15:00:00+02:00",
    ),
    *_case(
        4138, "brauer", "Move of the drawing archive", 27, _time("1", 27, "4.75", "Files copied, rights set"),
        _time("2", 27, "3.50", "Links repaired, users shown"), contract="brauer-service",
        created_at="2026-10-27T07:30:00+01:00", closed_at="2026-10-27T18:20:00+01:00",
    ),
    # On the Day of German Unity.
    *_case(
        4139, "brauer", "Gate does not open", 3, _time("1", 3, "1.00", "Controller restarted, log read",
        started_at="2026-10-03T10:00:00+02:00", ended_at="2026-10-03T11:00:00+02:00"), contract="brauer-service",
    ),
]  # fmt: skip
