"""Amounts, decimals and tables as people and scripts read them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from django.core.management.base import OutputWrapper

from invoicing.display import decimal_text, money, sums, table
from invoicing.management.edges import Progress, person
from tests.manage import ROOT


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [
        (0, "EUR", "0.00 EUR"),
        (123450, "EUR", "1,234.50 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (1234, "JPY", "1,234 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (10**15 + 1, "EUR", "10,000,000,000,000.01 EUR"),
    ],
)
def test_money_has_the_places_of_its_currency(cents, currency, text):
    assert money(cents, currency) == text


def test_money_is_written_as_the_reader_s_country_does():
    assert money(123450, "EUR", locale="de") == "1.234,50 EUR"


def test_sums_name_each_currency():
    assert sums({"USD": 500, "EUR": 1000}) == "10.00 EUR, 5.00 USD"
    assert sums({}) == "-"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.500000", "1.5"),
        ("100", "100"),
        ("100.00", "100"),
        ("0.000", "0"),
        ("0E+1", "0"),
        ("1E+2", "100"),
        ("-2.50", "-2.5"),
    ],
)
def test_decimals_have_no_needless_zeros_and_no_exponent(number, text):
    assert decimal_text(Decimal(number)) == text


def test_a_table_is_aligned():
    assert table([("a", "100"), ("bb", "5")], right=(1,)) == ["a   100", "bb    5"]


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_on_a_terminal_the_progress_moves_and_is_cleared():
    screen = Screen()
    progress = Progress("tickets", out=OutputWrapper(io.StringIO()), err=OutputWrapper(screen))

    progress.add(1000)
    progress.add(500)
    progress.end()

    assert screen.getvalue() == "\r\x1b[K1000 tickets\r\x1b[K1500 tickets\r\x1b[K"


def test_where_the_output_itself_is_on_the_terminal_nothing_moves_between_its_lines():
    screen = Screen()
    progress = Progress("tickets", out=OutputWrapper(Screen()), err=OutputWrapper(screen))

    progress.add(1000)
    progress.end()

    assert screen.getvalue() == ""


def test_an_account_without_a_name_acts_as_the_command(monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nameless)

    assert person(None) == "command"


def test_a_command_whose_reader_went_away_ends_without_a_stack_of_errors(db):
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "manage.py", "export_invoices", "--format", "csv"],
        stdout=writer, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")
