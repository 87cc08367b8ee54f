"""What the exports to bookkeeping programs need to know: numbers at the tax adviser's, accounts and tax codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from config.declaration import Kind, setting
from config.kinds import shaped, whole

_PAIR = re.compile(r"(?P<tax>(S|Z|E|AE|K|G|O)[0-9]{0,3}(\.[0-9]{1,3})?)=(?P<code>[^=;]{1,40})")


def _by_tax(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise ValueError(f"{part!r} is not a tax and its account, such as S19=8400")
        if pair["tax"] in found:
            raise ValueError(f"names {pair['tax']} twice")
        found[pair["tax"]] = pair["code"]
    return found


BY_TAX = Kind(
    "pairs such as S19=8400;AE=8336 (category of the tax, rate where there is one)",
    _by_tax,
    lambda value: ";".join(f"{tax}={code}" for tax, code in value.items()),
)


def _day_of_year(text: str) -> str:
    try:
        date.fromisoformat(f"2023-{text}")
    except ValueError as problem:
        raise ValueError("no day such as 01-01") from problem
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookkeeping:
    """Accounts are those of the chart SKR03 until others are set."""

    consultant: int = setting("DATEV_CONSULTANT", whole(1001, 9_999_999), "1001", "Number of the tax adviser at DATEV.")
    client: int = setting("DATEV_CLIENT", whole(1, 99_999), "1", "Number of the seller at the tax adviser's.")
    fiscal_year: str = setting(
        "DATEV_FISCAL_YEAR_START", Kind("a day of the year as 01-01", _day_of_year), "01-01",
        "First day of the fiscal year.",
    )  # fmt: skip
    account_length: int = setting("DATEV_ACCOUNT_LENGTH", whole(4, 8), "4", "Digits of the accounts of revenue.")
    first_debtor: int = setting(
        "DATEV_FIRST_DEBTOR",
        whole(10_000, 69_999_999),
        "10000",
        "Account of the first client that has none of its own.",
    )
    revenue_accounts: Mapping[str, str] = setting(
        "DATEV_REVENUE_ACCOUNTS", BY_TAX,
        "S19=8400;S7=8300;Z0=8290;E=8195;AE=8336;K=8125;G=8120;O=8338",
        "Account of the revenue by tax.",
    )  # fmt: skip
    tax_keys: Mapping[str, str] = setting(
        "DATEV_TAX_KEYS", BY_TAX, "", "DATEV's tax key by tax, where the account does not imply it."
    )
    sales_account: str = setting(
        "XERO_SALES_ACCOUNT", shaped("[A-Za-z0-9]{1,10}", "an account code"), "200", "Xero's account of revenue."
    )
    tax_codes: Mapping[str, str] = setting(
        "BOOKKEEPING_TAX_CODES", BY_TAX, "", "Names of tax rates in QuickBooks or Xero; unnamed ones are as S19."
    )
