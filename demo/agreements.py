"""The clients of the demo, their people and what was agreed with them."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

_START = "2026-10-01T00:00:00+02:00"


def client(key: str, name: str, address: tuple[str, str, str], mail: str, **more: Any) -> Record:
    """A client in Germany that is billed in euros, enrolled since the beginning of the month."""
    line1, postcode, city = address
    return {
        "type": "client", "id": key, "name": name, "currency": "EUR", "country": "DE", "email": mail,
        "address": {"line1": line1, "postcode": postcode, "city": city}, "automation_from": _START, **more,
    }  # fmt: skip


CLIENTS: list[Record] = [
    client(
        "brauer", "Brauer Maschinenbau GmbH", ("Zwickauer Straße 214", "09116", "Chemnitz"), "rechnung@brauer.example",
        vat_id="DE999000009", region="SN", automation="auto", payment_terms_days=14, hourly_rate="95.00",
    ),
    client(
        "weber-recht", "Weber & Partner Rechtsanwälte mbB", ("Hohenzollernring 58", "50672", "Köln"),
        "buchhaltung@weber-recht.example", vat_id="DE999137915", region="NW", automation="auto", hourly_rate="110.00",
    ),
    client(
        "lindner", "Gemeinschaftspraxis Dr. Lindner", ("Leopoldstraße 97", "80802", "München"),
        "verwaltung@praxis-lindner.example", region="BY", automation="off", hourly_rate="85.00",
    ),
    client(
        "sonnenberg", "Hofgut Sonnenberg Biomärkte GmbH", ("Schwarzwaldstraße 12", "79102", "Freiburg im Breisgau"),
        "einkauf@sonnenberg.example", vat_id="DE999275820", region="BW", automation="draft", hourly_rate="89.00",
    ),
    client(
        "nordlicht", "Nordlicht Reederei GmbH & Co. KG", ("Große Elbstraße 145", "22767", "Hamburg"),
        "accounting@nordlicht.example", vat_id="DE999413736", region="HH", automation="auto", language="en",
        hourly_rate="98.00", require_entry_approval=True,
    ),
    client(
        "alpenglas", "Alpenglas Manufaktur GmbH", ("Innrain 41", "6020", "Innsbruck"), "office@alpenglas.example",
        country="AT", vat_id="ATU12345675", timezone="Europe/Vienna", automation="draft", hourly_rate="115.00",
        tax={"category": "AE", "rate": "0", "reason": "Steuerschuldnerschaft des Leistungsempfängers"},
    ),
    client(
        "baechli", "Bächli Uhren AG", ("Löwenstrasse 29", "8001", "Zürich"), "finanzen@baechli.example",
        country="CH", currency="CHF", vat_id="CHE-123.456.788 MWST", timezone="Europe/Zurich", automation="draft",
        hourly_rate="140.00",
        tax={"category": "O", "rate": "0", "reason": "Nicht im Inland steuerbare Leistung (§ 3a Abs. 2 UStG)"},
    ),
    client(
        "lotse", "Lotse Software UG (haftungsbeschränkt)", ("Oranienstraße 183", "10999", "Berlin"),
        "hallo@lotse.example", region="BE",
    ),
]  # fmt: skip

_PEOPLE = {
    "brauer": ("Anke Brandt", "Uwe Seidel"),
    "weber-recht": ("Claudia Weber", "Timo Falk"),
    "lindner": ("Sabine Lindner", "Petra Moser"),
    "sonnenberg": ("Jan Ritter", "Melanie Vogt"),
    "nordlicht": ("Henning Petersen", "Carla Souza"),
    "alpenglas": ("Martin Gruber", "Eva Thaler"),
    "baechli": ("Reto Bächli", "Nadine Frei"),
    "lotse": ("Deniz Aydin", "Lena Krause"),
}
_PLAIN_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def contact_id(of: str, place: int) -> str:
    """The id of a client's first (0) or second (1) person."""
    return _contact_id(_PEOPLE[of][place])


def _contact_id(name: str) -> str:
    return name.split()[1].lower().translate(_PLAIN_LETTERS)


def contacts(people: dict[str, tuple[str, str]]) -> list[Record]:
    """The people of clients as contacts, named by their last word."""
    return [
        {
            "type": "contact", "id": _contact_id(name), "client": of, "name": name,
            "email": f"{name.split()[0].lower()}@{of}.example",
        }
        for of, names in people.items()
        for name in names
    ]  # fmt: skip


CONTACTS = contacts(_PEOPLE)


def contract(key: str, of: str, **terms: Any) -> Record:
    """A contract of a client, in force since the beginning of the year."""
    return {"type": "contract", "id": key, "client": of, "status": "active", "start_date": "2026-01-01", **terms}


_OFFICE_HOURS = {"mon-thu": "08:00-17:30", "fri": "08:00-15:00"}

CONTRACTS: list[Record] = [
    contract("brauer-service", "brauer", strategy="time_based", hourly_rate="92.00", business_hours=_OFFICE_HOURS),
    contract(
        "brauer-migration", "brauer", strategy="mixed", hourly_rate="105.00", per_ticket_rate="35.00",
        start_date="2026-09-01", end_date="2026-12-31", status="signed",
    ),
    contract("weber-fixed", "weber-recht", strategy="per_ticket", per_ticket_rate="59.00", grouping="per_ticket"),
    contract("lindner-mixed", "lindner", strategy="mixed", hourly_rate="85.00", per_ticket_rate="25.00"),
    contract(
        "sonnenberg-bundle", "sonnenberg", included_tickets=5, hourly_rate="89.00",
        rounding={"level": "entry", "increment_minutes": 15, "direction": "up", "minimum_hours": "0.25"},
    ),
    contract(
        "nordlicht-prepaid", "nordlicht", strategy="time_based", hourly_rate="98.00", included_hours="8.00",
        rollover_months=1, start_date="2026-09-01",
    ),
    contract("alpenglas-2025", "alpenglas", strategy="time_based", hourly_rate="105.00", end_date="2026-10-15"),
    contract(
        "baechli-flat", "baechli", strategy="time_based", hourly_rate="140.00", included_hours="unlimited",
        fair_use={"soft_tickets": 100, "hard_tickets": 500, "soft_hours": "200", "hard_hours": "500"},
    ),
]  # fmt: skip

ASSIGNMENTS: list[Record] = [
    {"type": "assignment", "id": "brandt-service", "contract": "brauer-service", "contact": "brandt",
     "start_date": "2026-01-01"},
    {"type": "assignment", "id": "falk-fixed", "contract": "weber-fixed", "contact": "falk", "start_date": "2026-01-01",
     "billing_frequency": "per_ticket", "per_ticket_rate": "79.00"},
    {"type": "assignment", "id": "petersen-prepaid", "contract": "nordlicht-prepaid", "contact": "petersen",
     "start_date": "2026-09-01"},
]  # fmt: skip


def _rate(key: str, contract: str, **price: str) -> Record:
    return {"type": "rate", "id": key, "contract": contract, "valid_from": "2026-01-01", **price}


RATES: list[Record] = [
    _rate("brauer-evening", "brauer-service", time_of_day="after_hours", multiplier="1.25"),
    _rate("brauer-weekend", "brauer-service", time_of_day="weekend", multiplier="1.5"),
    _rate("brauer-holiday", "brauer-service", time_of_day="holiday", multiplier="2"),
    _rate("brauer-emergency", "brauer-service", time_of_day="emergency", hourly_rate="180.00"),
    _rate("brauer-travel", "brauer-service", work_type="travel", hourly_rate="55.00"),
    _rate("nordlicht-night", "nordlicht-prepaid", time_of_day="after_hours", multiplier="1.3"),
    _rate("alpenglas-onsite", "alpenglas-2025", work_type="onsite", hourly_rate="125.00", valid_to="2026-10-15"),
]
