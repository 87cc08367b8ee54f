"""Billing in sets: statements do not grow with the tickets, nor their work with what is settled."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import data
from benchmarks.measure import counting
from tickets import billing, facts
from tickets.models import Ticket


def statements(ids: list[int]) -> int:
    """How many statements billing these tickets together takes; all of them must end up settled."""
    with counting() as counted:
        run = billing.bill_tickets(ids, at=data.AT)
    assert {result.outcome for result in run.results} <= {"charge", "covered"}
    assert len(run.results) == len(ids)
    return counted.count


@pytest.mark.django_db(transaction=True)
def test_a_thousand_tickets_take_as_many_statements_as_ten() -> None:
    data.build(1011)
    keys = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))

    one = statements(keys[:1])
    ten = statements(keys[1:11])  # one of each kind of agreement, as there are among the thousand
    thousand = statements(keys[11:])

    assert one <= 25
    assert thousand == ten


@pytest.mark.django_db
def test_each_unit_is_looked_up_among_the_claims_by_its_key() -> None:
    ticket = Ticket.objects.create(number="1", subject="Mail down", created_at=data.AT)
    with CaptureQueriesContext(connection) as captured:
        facts.read_tickets([ticket.pk])
    queries = [query["sql"] for query in captured.captured_queries if "invoicing_claim" in query["sql"]]

    plans = [plan_of(query) for query in queries]

    assert len(plans) == 3  # entries, expenses, and what is settled
    for plan in plans:
        probes = [line for line in plan if "Index Cond" in line and "kind" in line]
        assert probes, plan
        assert all("source_id = " in line for line in probes), plan


def plan_of(query: str) -> list[str]:
    """How the database would answer, the indexes given: small tables it would else read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        return [row[0] for row in cursor.fetchall()]
