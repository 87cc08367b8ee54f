"""The sums of a list of documents, by currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.desk.paging import MOST_ROWS
from invoicing.display import sums
from invoicing.models import Invoice

# Where the pages of a list end; one that is longer is summed as far as it is shown. Adding up everything would cost
# more from year to year.
MOST_SUMMED: Final = MOST_ROWS


def list_sums(found: QuerySet[Invoice], shown: Sequence[Any], count: int) -> dict[str, Any]:
    """Net, total and what is left to pay; of all that was found, or of the page where that is too much.

    Discarded documents do not count, cancelled ones count beside their cancellations.
    """
    counted = found.filter(pk__in=[row.pk for row in shown]) if count >= MOST_SUMMED else found
    rows: Iterable[Mapping[str, Any]] = (
        counted.exclude(status=Invoice.Status.DISCARDED)
        .order_by()
        .values("currency")
        .annotate(
            net=Sum(F("subtotal_cents") - Coalesce(F("discount_cents"), 0)),
            total=Sum("total_cents"),
            left=Sum(F("total_cents") - F("credited_cents") - F("paid_cents"), filter=Q(status=Invoice.Status.OPEN)),
        )
    )
    by_name: dict[str, dict[str, int]] = {"net": {}, "total": {}, "left": {}}
    for row in rows:
        for name, of_currency in by_name.items():
            if row[name] is not None:
                of_currency[row["currency"]] = int(row[name])
    return {"of_page": count >= MOST_SUMMED, **{name: sums(found) for name, found in by_name.items()}}
