"""Each benchmark runs with little data: what nobody starts for months must still measure the same thing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from benchmarks.stage import MIGRATED
from billing_project.embedded.binaries import ROOT


@pytest.fixture
def run(template_database: str) -> Callable[..., str]:
    """Runs a benchmark and answers what it prints; it makes databases of its own on the servers of this run."""

    def run(name: str, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options],
            cwd=ROOT, env={**os.environ, MIGRATED: template_database}, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_billing_and_its_floor_write_the_same_rows(run: Callable[..., str]) -> None:
    printed = run("bill_tickets", "--tickets", "210", "--repeat", "1", "--throw-away")

    usual, full = printed.split("A month with every feature in use")
    assert "Both wrote the same rows: 210 lines, 8 drafts" in usual
    assert "Both wrote the same rows: 307 lines, 31 drafts" in full
    for month in (usual, full):
        assert re.search(r"floor: one SQL transaction .* 1\.00x", month)
        assert "Peak memory" in month


def test_issuing_and_its_floor_write_the_same_rows(run: Callable[..., str]) -> None:
    printed = run("issue_drafts", "--drafts", "16", "--repeat", "1")

    assert "Both wrote the same rows: 16 documents, 16 tax lines" in printed


def test_documents_are_drawn_and_stored_and_each_way_has_its_figure(run: Callable[..., str]) -> None:
    printed = run("documents", "--documents", "4", "--repeat", "1")

    assert "4 documents with" in printed
    assert [name for name, _ in re.findall(r"^  (.+): ([\d.]+) ms each$", printed, re.MULTILINE)] == [
        "floor: pages with one word, PDF/A-3b", "PDF", "XML alone", "PDF with its XML inside",
        "from row to stored file",
    ]  # fmt: skip


def test_what_waits_is_found_by_its_index_however_long_the_history(run: Callable[..., str]) -> None:
    printed = run("catch_up_scan", "--tickets", "1500", "--old", "5000", "--repeat", "1")

    assert "Every page is read from tickets_ticket_awaiting" in printed


@pytest.mark.full  # two web servers, so that both are measured under the same load
def test_events_are_all_taken_and_kept_once_under_the_web_server(run: Callable[..., str]) -> None:
    printed = run("webhook", "--events", "100", "--repeat", "1", "--throw-away")

    assert re.search(r"the product .* 0\n", printed)
    assert re.search(r"of the floor's requests per second", printed)


def test_imported_calls_are_those_of_a_plain_copy(run: Callable[..., str]) -> None:
    printed = run("import_calls", "--calls", "2000", "--repeat", "1")

    assert "Both wrote the same rows: 2000 calls of 100 companies" in printed
    assert re.search(r"floor: plain COPY .* 1\.00x", printed)


def test_months_of_partners_and_their_floor_write_the_same_rows(run: Callable[..., str]) -> None:
    few = ("--partners", "3", "--calls", "40", "--older", "1", "--repeat", "1", "--throw-away")
    printed = run("aggregate_months", *few)

    assert "Both wrote the same rows: 3 invoices, " in printed
    assert re.search(r"floor: one SQL transaction .* 1\.00x", printed)
    assert re.search(r"the only month in the tables .* 1\.00x", printed)
    assert re.search(r"Memory grows to (0\.9|1\.[0-2])\dx", printed)


@pytest.mark.serial
@pytest.mark.full  # starts an installation twice, and the fault tests bill through real workers anyhow
def test_closed_tickets_are_billed_by_real_workers_with_and_without_a_message(run: Callable[..., str]) -> None:
    printed = run("closings", "--tickets", "10")

    assert len(re.findall(r"10 closed by", printed)) == 2


@pytest.mark.full
def test_every_list_of_the_admin_is_measured_with_few_rows_and_with_many(run: Callable[..., str]) -> None:
    printed = run("pages", "--tiny", "--repeat", "1")

    assert "Pages with 200 tickets, 200 documents and 200 cases" in printed
    figures = re.findall(r"^  (\S.*?) +[\d.]+ +[\d.]+ +[\d.]+x +(\d+)", printed, re.MULTILINE)
    assert {"tickets.ticket", "invoicing.invoice", "gateway_billing.servicecase", "home"} <= {
        name for name, _ in figures
    }
    assert max(int(statements) for _, statements in figures) <= 20


def test_one_ticket_takes_few_statements(run: Callable[..., str]) -> None:
    printed = run("one_ticket")

    assert max(map(int, re.findall(r"(\d+) statements", printed))) <= 25


def test_reports_take_no_more_memory_for_more_entries(run: Callable[..., str]) -> None:
    printed = run("reports", "--entries", "600", "--repeat", "1")

    assert re.findall(r"(\w+) of 600 time entries, half", printed) == ["unbilled_report", "balance_report"]
    assert len(re.findall(r"memory grows to (0\.9|1\.[0-2])\dx", printed)) == 2
