"""The pages of the admin with two years of work behind them, against the same pages with a hundred rows on them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from benchmarks.measure import counting
from benchmarks.pages_data import Size, build
from benchmarks.stage import Stage, stage

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.test import Client

OK = HTTPStatus.OK
# What waits is sixty of them; the rest fills a page.
FEW = Size(200, 200, 200)
QUICK, FULL = Size(5_000, 1_000, 20_000), Size(100_000, 20_000, 1_000_000)
MOST_TIMES, MOST_STATEMENTS = 2.0, 20
# The first page without the figures that are kept for a minute.
COLD = "home, figures measured anew"
# What nobody finds, what each row has, one row, and all rows of one client.
SEARCHES = ("zz-77", "mail", "t77", "client 7")
# Each search and filter is a page of its own: of so many, fewer visits will do.
NARROWED, FEWER = " ? ", 3
# Pages show as much where one is not so many times longer than the other.
ALIKE = 1.2
# Lists of no single table, and what each may be asked for.
OF_TIME = ("since=2026-01-01", "until=2025-01-01", "since=2025-02-01&until=2025-02-03", "since=2030-01-01")
OF_ENTRIES = (*OF_TIME, "who=people", "who=automation", "client=client-7")
ASKED = {
    "report-audit": (*OF_ENTRIES, "person=nobody", "person=system", "action=invoice.issued", "action=ticket",
                     "action=ticket.billed", "action=stripe", "subject=ticket", "subject=job", "subject=ticket&key=1"),
    "report-activity": (*OF_ENTRIES, "kind=billed", "kind=covered", "kind=held", "kind=skipped", "kind=failed",
                        "kind=overrides", "kind=documents", "kind=payments"),
    "report-failed": (),
    "enrolment": ("q=client+7", "q=zz-77", "enrolment=auto", "enrolment=draft"),
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page by its address; `before` comes before each visit."""

    name: str
    address: str
    before: Callable[[], object] | None = None


@dataclass(frozen=True)
class House:
    """A database, and a browser in which somebody is signed in there."""

    database: str
    browser: Client

    def visit(self, page: Page) -> int:
        """Open the page and answer how long it is; one that leads elsewhere or fails is none to be measured."""
        if page.before:
            page.before()
        answer = self.browser.get(page.address)
        if answer.status_code != OK:
            raise SystemExit(f"{page.address} answers {answer.status_code}")
        return len(answer.content)


@dataclass(frozen=True)
class Seen:
    """Seconds of a page, the least of several visits; its statements, and how long it is."""

    seconds: float
    statements: int
    length: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help=f"{FULL}, and each list filtered in every way")
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    size = FULL if options.full else FEW if options.tiny else QUICK
    with stage(durable=False) as ready:
        houses = [_house(ready, FEW, "few"), _house(ready, size, "many")]
        searches = SEARCHES[:1] if options.tiny else SEARCHES
        offered = [_offered(ready, house, searches, every_filter=options.full) for house in houses]
        names = [name for name in offered[1] if name in offered[0] and options.only in name]
        seen = {name: _in_turns(ready, houses, offered, name, options.repeat) for name in names}
    slow = _report(size, seen)
    if slow and not options.tiny:
        raise SystemExit(f"Too slow: {', '.join(slow)}")


def _house(ready: Stage, size: Size, name: str) -> House:
    """A database of that size, with somebody who may see everything signed in."""
    from django.test import Client

    from accounts.models import User

    with ready.trial():
        started = time.perf_counter()
        build(size)
        browser = Client(headers={"host": "localhost"})
        person = User.objects.create_superuser("ann", "ann@house.example", "-", role="administrator")
        browser.force_login(person, backend="accounts.backends.RoleBackend")
        print(f"{size} written in {time.perf_counter() - started:.0f} s", flush=True)
        return House(ready.keep(name), browser)


def _offered(ready: Stage, house: House, searches: Sequence[str], *, every_filter: bool) -> dict[str, Page]:
    """The pages of a house by their names. A filter may name rows by keys, which differ from house to house."""
    with ready.reading(house.database):
        return {page.name: page for page in _pages(searches, every_filter=every_filter)}


def _pages(searches: Sequence[str], *, every_filter: bool) -> Iterator[Page]:
    """The list of every table, as it opens, searched, and filtered; lists of no single table; and the home."""
    from django.contrib import admin
    from django.core.cache import cache
    from django.urls import reverse

    from office.home.measured import cache_key

    for model, page in sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label):  # noqa: SLF001
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        name = model._meta.label_lower
        yield Page(name, address)
        for words in searches if page.search_fields else ():
            yield Page(f"{name}{NARROWED}{words}", f"{address}?{urlencode({'q': words})}")
        for query in _filters(page, address) if every_filter else ():
            yield Page(f"{name}{NARROWED}{query}", f"{address}{query}")
    for name, queries in ASKED.items():
        yield Page(name, reverse(name))
        for query in queries if len(searches) > 1 else ():
            yield Page(f"{name}{NARROWED}{query}", f"{reverse(name)}?{query}")
    yield Page("home", reverse("admin:index"))
    yield Page(COLD, reverse("admin:index"), lambda: cache.delete(cache_key()))


def _filters(page: ModelAdmin[Any], address: str) -> Iterator[str]:
    """Every choice of every filter that the list offers, as a query string."""
    from django.test import RequestFactory

    from accounts.models import User

    request = RequestFactory().get(address)
    request.user = User.objects.get()
    listed = page.get_changelist_instance(request)
    for offered in listed.get_filters(request)[0]:
        for choice in offered.choices(listed):
            query = choice.get("query_string", "?")
            if query != "?":
                yield str(query)


def _in_turns(
    ready: Stage, houses: Sequence[House], offered: Sequence[dict[str, Page]], name: str, repeat: int
) -> list[Seen]:
    """Visit the page of each house in turns: what else the machine does meets all of them.

    What a search leaves of few rows may be less than it leaves of many; then those are held against the whole list of
    few, which fills a page, if that takes longer.
    """
    plain, narrowed, _asked = name.partition(NARROWED)
    visits = [(houses[0], offered[0][name]), (houses[1], offered[1][name])]
    visits += [(houses[0], offered[0][plain])] if narrowed else []
    seconds: list[list[float]] = [[] for _ in visits]
    statements, lengths = [0 for _ in visits], [0 for _ in visits]
    for _ in range(min(repeat, FEWER) if narrowed else repeat):
        for place, (house, page) in enumerate(visits):
            with ready.reading(house.database):
                with counting() as counted:
                    lengths[place] = house.visit(page)
                statements[place] = counted.count
                started = time.perf_counter()
                house.visit(page)
                seconds[place].append(time.perf_counter() - started)
    few, many, *whole = (Seen(min(taken), *rest) for taken, *rest in zip(seconds, statements, lengths, strict=True))
    alike = many.length < few.length * ALIKE
    return [few if alike else max([few, *whole], key=lambda seen: seen.seconds), many]


def _report(size: Size, found: dict[str, list[Seen]]) -> list[str]:
    """Print a row for each page; answer those beyond the targets."""
    print(f"\nPages with {size}, against {FEW}")
    print(f"  {'':<58}{'few ms':>9}{'many ms':>9}{'ratio':>8}{'statements':>12}")
    slow = []
    for name, (few, seen) in found.items():
        ratio = seen.seconds / few.seconds
        beyond = ratio > MOST_TIMES or seen.statements > MOST_STATEMENTS
        slow += [name] * beyond
        mark = "  <--" if beyond else ""
        milliseconds = f"{few.seconds * 1000:>9.1f}{seen.seconds * 1000:>9.1f}"
        print(f"  {name:<58}{milliseconds}{ratio:>7.2f}x{seen.statements:>12}{mark}")
    return slow


if __name__ == "__main__":
    main()
