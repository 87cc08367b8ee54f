"""DATEV's format for a batch of postings: EXTF 700, category 21, version 13.

Format: developer.datev.de, "DATEV-Format, Buchungsstapel". One posting for each tax of a document: the debtor's account
against revenue, with the gross amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from config.bookkeeping import Bookkeeping
from invoicing.bookkeeping.booked import Booked, BookedTax
from rating.money import to_major
from rating.period import BillingPeriod

ENCODING = "cp1252"
NEWLINE = "\r\n"
COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink",
    *(f"Beleginfo - {what} {n}" for n in range(1, 9) for what in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation - {what} {n}" for n in range(1, 21) for what in ("Art", "Inhalt")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp (Anzahlungen)", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
# Other columns are numbers, dates or empty; these are text and stand in quotes.
TEXTS = frozenset({
    "Soll/Haben-Kennzeichen", "WKZ Umsatz", "BU-Schlüssel", "Belegfeld 1", "Belegfeld 2", "Buchungstext",
    "EU-Land u. UStID (Bestimmung)",
})  # fmt: skip
# What is taxed in another member state names the recipient.
NEEDS_VAT_ID = ("AE", "K")


class MissingAccount(LookupError):  # noqa: N818 - says what a person must set
    """A tax has no account of revenue in the settings."""


def head(month: BillingPeriod, settings: Bookkeeping, *, at: datetime, currency: str) -> str:
    """The first line: which batch this is, of whom, for which days."""
    first, last = month.to_date_range()
    start = date.fromisoformat(f"{first.year}-{settings.fiscal_year}")
    if start > first:
        start = start.replace(year=first.year - 1)
    fields = (
        '"EXTF"', 700, 21, '"Buchungsstapel"', 13, f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03}", "", '"RE"', '""',
        '""', settings.consultant, settings.client, f"{start:%Y%m%d}", settings.account_length, f"{first:%Y%m%d}",
        f"{last:%Y%m%d}", f'"Rechnungen {month.label("%m/%Y")}"', '""', 1, 0, 0, f'"{currency}"', "", '""', "", "",
        '""', "", "", '""', '""',
    )  # fmt: skip
    return ";".join(map(str, fields))


def column_names() -> str:
    """The second line."""
    return ";".join(COLUMNS)


def postings(document: Booked, settings: Bookkeeping, debtor: int) -> Iterator[str]:
    """A line for each tax of the document. Raises MissingAccount."""
    for tax in document.taxes:
        if tax.taxable_cents or tax.tax_cents:
            yield _line(_posting(document, tax, settings, debtor))


def _posting(document: Booked, tax: BookedTax, settings: Bookkeeping, debtor: int) -> Mapping[str, str]:
    account = settings.revenue_accounts.get(tax.tax)
    if account is None:
        raise MissingAccount(f"document {document.number}: DATEV_REVENUE_ACCOUNTS names no account for {tax.tax}")
    gross = tax.taxable_cents + tax.tax_cents
    # The debtor owes (S) what is billed, and is given (H) what is taken back.
    values = {
        "Umsatz (ohne Soll/Haben-Kz)": f"{to_major(abs(gross), document.currency):f}".replace(".", ","),
        "Soll/Haben-Kennzeichen": "S" if gross >= 0 else "H",
        "WKZ Umsatz": document.currency,
        "Konto": str(debtor),
        "Gegenkonto (ohne BU-Schlüssel)": account,
        "BU-Schlüssel": settings.tax_keys.get(tax.tax, ""),
        "Belegdatum": f"{document.issue_on:%d%m}",
        "Belegfeld 1": document.number[:36],
        "Belegfeld 2": f"{document.due_on:%d%m%y}",
        "Buchungstext": _text(f"{document.name} {document.corrects}".strip())[:60],
        "Festschreibung": "0",
        "Leistungsdatum": f"{document.last_day:%d%m%Y}",
        "Fälligkeit": f"{document.due_on:%d%m%Y}",
    }
    if tax.category in NEEDS_VAT_ID:
        values["EU-Land u. UStID (Bestimmung)"] = document.vat_id[:15]
    return values


def _line(values: Mapping[str, str]) -> str:
    return ";".join(_field(column, values.get(column, "")) for column in COLUMNS)


def _field(column: str, value: str) -> str:
    if column not in TEXTS:
        return value
    escaped = value.replace('"', '""')
    return f'"{escaped}"'


def _text(value: str) -> str:
    """Text that the program's character set has, on one line, and that no spreadsheet takes for a formula."""
    plain = "".join(sign if sign.isprintable() else " " for sign in value).encode(ENCODING, "replace").decode(ENCODING)
    return plain.lstrip("=+-@ ")
