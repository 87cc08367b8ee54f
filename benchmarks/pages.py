"""The pages of the admin with two years of work behind them, against the same pages with a hundred rows on them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from benchmarks.measure import counting
from benchmarks.pages_data import Size, build
from benchmarks.stage import Stage, stage

if TYPE_CHECKING:
    from django.test import Client

OK = HTTPStatus.OK
# What waits is sixty of them; the rest fills a page.
FEW = Size(200, 200, 200)
QUICK, FULL = Size(5_000, 1_000, 20_000), Size(100_000, 20_000, 1_000_000)
MOST_TIMES, MOST_STATEMENTS = 2.0, 20
# The first page without the figures that are kept for a minute.
COLD = "home, figures measured anew"
# A search in the middle of words reads the table; what grows there is the history, not the page.
SEARCHED = ", searched"


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

    def visit(self, page: Page) -> None:
        """Open the page; a page that leads elsewhere or fails is none to be measured."""
        if page.before:
            page.before()
        answer = self.browser.get(page.address)
        if answer.status_code != OK:
            raise SystemExit(f"{page.address} answers {answer.status_code}")


@dataclass(frozen=True)
class Seen:
    """Seconds of a page, the least of several visits, and its statements."""

    seconds: float
    statements: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help=str(FULL))
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    size = FULL if options.full else FEW if options.tiny else QUICK
    with stage(durable=False) as ready:
        houses = [_house(ready, FEW, "few"), _house(ready, size, "many")]
        with ready.reading(houses[0].database):
            pages = list(_pages())
        seen = {page.name: _in_turns(ready, houses, page, options.repeat) for page in pages}
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


def _pages() -> Iterator[Page]:
    """The list of every table, as it opens, and searched for what nobody finds: the costliest search. And the home."""
    from django.contrib import admin
    from django.core.cache import cache
    from django.urls import reverse

    from office.home.measured import cache_key

    for model, page in sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label):  # noqa: SLF001
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield Page(model._meta.label_lower, address)
        if page.search_fields:
            yield Page(f"{model._meta.label_lower}{SEARCHED}", f"{address}?q=zz-77")
    yield Page("home", reverse("admin:index"))
    yield Page(COLD, reverse("admin:index"), lambda: cache.delete(cache_key()))


def _in_turns(ready: Stage, houses: Sequence[House], page: Page, repeat: int) -> list[Seen]:
    """Visit the page in each house in turns: what else the machine does meets all of them."""
    seconds: list[list[float]] = [[] for _ in houses]
    statements = [0 for _ in houses]
    for _ in range(repeat):
        for place, house in enumerate(houses):
            with ready.reading(house.database):
                with counting() as counted:
                    house.visit(page)
                statements[place] = counted.count
                started = time.perf_counter()
                house.visit(page)
                seconds[place].append(time.perf_counter() - started)
    return [Seen(min(taken), count) for taken, count in zip(seconds, statements, strict=True)]


def _report(size: Size, found: dict[str, list[Seen]]) -> list[str]:
    """Print a row for each page; answer those beyond the targets. Of searches only the statements are judged."""
    print(f"\nPages with {size}, against {FEW}")
    print(f"  {'':<46}{'few ms':>9}{'many ms':>9}{'ratio':>8}{'statements':>12}")
    slow = []
    for name, (few, seen) in found.items():
        ratio = seen.seconds / few.seconds
        beyond = (ratio > MOST_TIMES and not name.endswith(SEARCHED)) or seen.statements > MOST_STATEMENTS
        slow += [name] * beyond
        mark = "  <--" if beyond else ""
        milliseconds = f"{few.seconds * 1000:>9.1f}{seen.seconds * 1000:>9.1f}"
        print(f"  {name:<46}{milliseconds}{ratio:>7.2f}x{seen.statements:>12}{mark}")
    return slow


if __name__ == "__main__":
    main()
