"""The gateway's month: three partners, twelve companies, 5000 calls and 2500 cases of October 2026.

Nothing is drawn by chance: a call or a case follows from its place in the month.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.agreements import Record

CALLS: Final = 5000
CASES: Final = 2500
_ZONE = ZoneInfo("Europe/Berlin")
_MONTH = datetime(2026, 10, 1, tzinfo=_ZONE)
_SECONDS_OF_DAY = 10 * 3600  # calls come between eight and six


class Company(NamedTuple):
    """A managed company: who manages it, and what it pays."""

    id: str
    name: str
    partner: str
    city: str
    fees: dict[str, Any]
    outputs: tuple[dict[str, Any], ...]
    more: dict[str, Any] = {}


def _partner(key: str, name: str, city: str, postcode: str, **more: Any) -> Record:
    return {
        "type": "client", "id": key, "name": name, "currency": "EUR", "country": "DE", "is_partner": True,
        "email": f"rechnung@{key}.example", "language": "de", "automation": "off",
        "address": {"line1": "Am Markt 3", "postcode": postcode, "city": city}, **more,
    }  # fmt: skip


PARTNERS: Final = (
    _partner("ostseetel", "Ostseetel GmbH", "Rostock", "18055"),
    _partner("rheinton", "Rheinton Kommunikation AG", "Köln", "50667", payment_terms_days=21),
    _partner("alpenfunk", "Alpenfunk KG", "Kempten", "87435"),
)
EMAIL = {"output_type": "email", "billing_mode": "per_case", "base_price_cents": 100, "email_price_cents": 50}
WEBHOOK = {"output_type": "webhook", "billing_mode": "per_case", "base_price_cents": 100, "webhook_price_cents": 75}
HYBRID = {"output_type": "hybrid", "billing_mode": "per_case"}
FLAT = {"output_type": "email", "billing_mode": "monthly_flat", "monthly_flat_price_cents": 4900}
COMPANIES: Final = (
    Company("werft", "Werft Warnow GmbH", "ostseetel", "Rostock", {"per_minute_rate": "0.12"}, (EMAIL, WEBHOOK)),
    Company("fischhof", "Fischhof eG", "ostseetel", "Wismar", {"metering": "per_minute"}, (EMAIL,)),
    Company("kurhaus", "Kurhaus am Meer", "ostseetel", "Binz", {"included_minutes": 100}, (FLAT,)),
    Company("segelschule", "Segelschule Bodden", "ostseetel", "Barth", {"included_minutes": "unlimited"}, (HYBRID,)),
    Company("domapotheke", "Domapotheke", "rheinton", "Köln", {"per_minute_rate": "0.29"}, (EMAIL,)),
    Company("brauhaus", "Brauhaus Rhenania", "rheinton", "Bonn", {"metering": "60/6"}, (WEBHOOK,)),
    Company(
        "zahnzentrum", "Zahnzentrum Deutz", "rheinton", "Köln",
        {"usage_discount_percent": "12.5", "setup_fee": "150.00"}, (HYBRID,), {"started_at": "2026-10-05"},
    ),
    Company("kanzlei", "Kanzlei Vogt & Lenz", "rheinton", "Bonn", {"plan_per_minute_rate": "0.09"}, (FLAT, EMAIL)),
    Company(
        "galerie", "Galerie Süd", "rheinton", "Köln", {"per_minute_rate": "0"}, (EMAIL,),
        {"managed_until": "2026-10-15"},
    ),
    Company("skischule", "Skischule Nebelhorn", "alpenfunk", "Oberstdorf", {}, (EMAIL,), {"active": False}),
    Company("sennerei", "Sennerei Bergkäse", "alpenfunk", "Kempten", {"tenant_per_minute_rate": "0.15"}, (WEBHOOK,)),
    Company("berghotel", "Berghotel Riedbach", "alpenfunk", "Füssen", {"setup_fee": "90.00"}, (HYBRID,)),
)  # fmt: skip


def companies() -> list[Record]:
    """Partners and the companies that they manage."""
    return [*PARTNERS, *(_company(one) for one in COMPANIES)]


def _company(one: Company) -> Record:
    return {
        "type": "client", "id": one.id, "name": one.name, "currency": "EUR", "country": "DE", "automation": "off",
        "managed_by": one.partner, "managed_from": "2026-01-01",
        "address": {"line1": "Hauptstraße 7", "postcode": "18055", "city": one.city}, **one.more,
    }  # fmt: skip


def terms() -> list[Record]:
    """Fees, outputs and categories of each company; services, changes, a single charge and a discount of some."""
    found: list[Record] = []
    for one in COMPANIES:
        found.append({"type": "fee_schedule", "id": f"fees-{one.id}", "company": one.id, **one.fees})
        found += _outputs(one)
    return [*found, *_SERVICES, *_CHANGES, *_BESIDE]


def _outputs(one: Company) -> Iterator[Record]:
    for place, output in enumerate(one.outputs):
        key = f"out-{one.id}-{place + 1}"
        yield {"type": "output_configuration", "id": key, "company": one.id, "default": place == 0, **output}
        category = f"cat-{one.id}-{place + 1}"
        name = ("Störung", "Auftrag")[place]
        yield {"type": "case_category", "id": category, "company": one.id, "name": name, "output_configuration": key}


def _price(company: str, service: str, price: str, **more: Any) -> Record:
    key = f"price-{company}-{service.split(maxsplit=1)[0].lower()}"
    return {
        "type": "service_price", "id": more.pop("id", key), "company": company, "service": service, "price": price,
        "valid_from": "2026-01-01", **more,
    }  # fmt: skip


_SERVICES: Final = (
    _price("werft", "Telefonanlage", "29.00", discount_percent="10"),
    _price("werft", "Rufnummernblock", "19.90"),
    _price("fischhof", "Telefonanlage", "29.00", valid_to="2026-10-14", prorate=True),
    _price("fischhof", "Telefonanlage", "35.00", id="price-fischhof-neu", valid_from="2026-10-15", prorate=True),
    _price("brauhaus", "Wartung", "240.00", valid_from="2025-10-20", interval="yearly"),
    _price("kanzlei", "Nebenstelle", "4.50", quantity="14"),
    _price("skischule", "Telefonanlage", "29.00"),  # inactive at the end of the month: not charged
)


def _change(key: str, company: str, day: str, **more: Any) -> Record:
    return {"type": "service_change", "id": key, "company": company, "service_date": day, "status": "approved", **more}


_CHANGES: Final = (
    _change("chg-1", "werft", "2026-10-08", amount="250.00", description="Umzug der Anlage"),
    _change("chg-2", "kurhaus", "2026-10-12", hours="1.5", hourly_rate="75.00", description="Support vor Ort"),
    _change("chg-3", "domapotheke", "2026-08-01", amount="12.00", description="Zweiter Standort", recurring="monthly"),
    _change("chg-4", "berghotel", "2026-10-20", amount="80.00", description="Neue Ansage", status="pending"),
)
_BESIDE: Final = (
    {"type": "charge", "id": "gw-charge-1", "client": "sennerei", "date": "2026-10-09", "description": "Headset",
     "quantity": "2", "unit_price": "89.00", "goods": True},
    {"type": "discount", "id": "gw-discount-1", "client": "alpenfunk", "month": "2026-10", "percent": "5",
     "reason": "Treuerabatt"},
)  # fmt: skip


def _moment(place: int, count: int) -> datetime:
    """Spread over the days of the month, at a second of the day that differs from place to place."""
    day = _MONTH.replace(day=1 + place * 31 // count, hour=8)
    return day + timedelta(seconds=place * 7919 % _SECONDS_OF_DAY)


def calls() -> Iterator[Record]:
    """5000 calls, some of them failed or still going on."""
    for place in range(CALLS):
        status = "failed" if place % 97 == 0 else "ongoing" if place % 811 == 0 else "completed"
        yield {
            "type": "call", "id": f"call-{place + 1}", "company": COMPANIES[place % len(COMPANIES)].id,
            "started_at": _moment(place, CALLS).isoformat(), "duration_seconds": 5 + place * 31 % 595, "status": status,
        }  # fmt: skip


def cases() -> Iterator[Record]:
    """2500 cases, most of them sent within minutes; some wait, some failed."""
    for place in range(CASES):
        company = COMPANIES[place * 5 % len(COMPANIES)]
        created = _moment(place, CASES)
        found: Record = {
            "type": "service_case", "id": f"case-{place + 1}", "company": company.id,
            "created_at": created.isoformat(), "output_status": "sent", "subject": f"Fall {place + 1}",
        }  # fmt: skip
        if place % 3:
            found["category"] = f"cat-{company.id}-{1 + place % len(company.outputs)}"
        if place % 83 == 0:
            found["output_status"] = "failed" if place % 2 else "pending"
        else:
            found["output_sent_at"] = (created + timedelta(minutes=3 + place % 40)).isoformat()
        yield found


def gateway_files() -> dict[str, list[Record]]:
    """File name -> its records, in the order in which they are imported."""
    return {
        "05-companies.jsonl": [*companies(), *terms()],
        "06-calls.jsonl": list(calls()),
        "07-cases.jsonl": list(cases()),
    }
