"""On which days a partner managed a company, whoever manages it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from contracts.models import Management

Spans = Sequence[tuple[date, date]]


def managed_spans(companies: Iterable[int]) -> Mapping[int, Spans]:
    """The spans of days, both inclusive, in which some partner managed these companies, by key; in one query."""
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = Management.objects.filter(company__in=set(companies)).values_list("company_id", "first_day", "last_day")
    for company, first, last in rows:
        found[company].append((first or date.min, last or date.max))
    return found


def is_within(day: date, spans: Spans) -> bool:
    """Whether the day is in one of the spans."""
    return any(first <= day <= last for first, last in spans)
