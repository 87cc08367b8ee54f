"""GET /metrics for Prometheus: what this web server did, and how the house stands; for whoever shows the token."""

from __future__ import annotations

import os
from collections.abc import Iterator
from secrets import compare_digest

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from office.alerts.gauges import readings

log = structlog.get_logger("billing.metrics")

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


class House(Collector):
    """The gauges of `office.alerts`, read from the database as they are asked for; nothing lives in a process."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("billing_database_up", "Whether the database answers.")
        try:
            found = readings(at=timezone.now())
        except DatabaseError as problem:
            log.warning("metrics not read", problem=str(problem))
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        for reading in found:
            family = GaugeMetricFamily(
                reading.gauge.name, reading.gauge.help, labels=[reading.gauge.label] if reading.gauge.label else []
            )
            for label, value in reading.values.items():
                family.add_metric([label] if reading.gauge.label else [], value)
            yield family


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """200 with the text format of Prometheus; 404 where no METRICS_TOKEN is set, 401 without it or with another."""
    token = settings.DEPLOYMENT.metrics_token
    if not token:
        return HttpResponse("not found\n", status=404, content_type="text/plain")
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not compare_digest(shown.encode(), token.encode()):
        refused = HttpResponse("show the token\n", status=401, content_type="text/plain")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    house = CollectorRegistry()
    house.register(House())
    return HttpResponse(generate_latest(_of_the_processes()) + generate_latest(house), content_type=CONTENT_TYPE_LATEST)


def _of_the_processes() -> CollectorRegistry:
    """What the processes of the web server counted: all of them, where they share a folder, else this one."""
    if MULTIPROCESS not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
