"""Whoever shows the token reads how the house stands; nobody else learns anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError
from django.test import Client as Browser
from prometheus_client.parser import text_string_to_metric_families

from invoicing.models import Job
from office.alerts import GAUGES
from tests.factories import NOW

TOKEN = "a-token-of-metrics"


@pytest.fixture
def watched(settings):
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, metrics_token=TOKEN)


def scraped():
    answer = Browser().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.content.decode())}


def test_metrics_are_for_whoever_shows_the_token_and_are_no_page_without_one(settings, watched):
    refused = [
        Browser().get("/metrics", headers=shown).status_code
        for shown in (
            {},
            {"Authorization": "Bearer another"},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer ü"},
        )
    ]
    posted = Browser().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, metrics_token="")
    without = [
        Browser().get("/metrics", headers={"Authorization": shown}).status_code for shown in ("Bearer ", "Bearer x")
    ]

    assert (refused, posted, without) == ([401] * 4, 405, [404, 404])


@pytest.mark.django_db
def test_every_gauge_of_the_house_and_the_requests_of_the_server_are_told(watched):
    Job.objects.create(key="f", kind="x", queued_at=NOW, queued_by="ann", status="failed")
    Browser().get("/healthz")

    found = scraped()

    assert {gauge.name for gauge in GAUGES} <= found.keys()
    assert {sample.labels["unit"]: sample.value for sample in found["billing_parked"].samples}["jobs"] == 1
    assert [sample.value for sample in found["billing_database_up"].samples] == [1]
    views = {sample.labels.get("view") for family in found.values() for sample in family.samples}
    assert "healthz" in views


def test_a_database_that_is_away_is_told_and_no_fault(watched, monkeypatch):
    def away(**_):
        raise DatabaseError("connection refused")

    monkeypatch.setattr("billing_project.metrics.readings", away)

    found = scraped()

    assert [sample.value for sample in found["billing_database_up"].samples] == [0]
    assert "billing_pending" not in found
