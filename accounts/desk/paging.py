"""Lists of tables with millions of rows: no page counts them, none is far from the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

# Twenty pages; who looks for something older narrows the list down.
MOST_ROWS = 2000


class BoundedPaginator(_Paginator):
    """Counts as far as pages go, and no further."""

    @cached_property
    def count(self) -> int:
        """How many rows there are to be leafed through, at most 2000."""
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk", flat=True)[:MOST_ROWS])
