"""The base of every page: nothing is deleted, and what the database refuses is said in the form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.desk.numbers import asked_for
from accounts.desk.paging import BoundedPaginator
from accounts.desk.refusals import told
from accounts.desk.saving import Saving
from accounts.desk.searching import Way, search
from accounts.desk.telling import Named

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Page(Saving):
    """A list and a form. What billing must keep is never deleted here; a refusal of the database is a form error."""

    list_per_page = 100
    paginator = BoundedPaginator
    compressed_fields = False
    show_full_result_count = False
    # How the list is searched, each way told in `search_help_text`; of tables that stay small, `search_fields` will do.
    ways: ClassVar[Sequence[Way]] = ()
    # Whether the name of a row is English, as "draft 17" is, and follows the language of the page.
    told_name = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Tell the person, also what a use case refuses in English, in the language of the page."""
        super().message_user(request, told(str(message)), *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The id by which other systems know a row is given once."""
        fields = [str(name) for name in super().get_readonly_fields(request, obj)]
        return [*fields, "external_id"] if obj is not None and hasattr(obj, "external_id") else fields

    def __init_subclass__(cls, **options: Any) -> None:
        """Django offers a search where there are `search_fields`."""
        super().__init_subclass__(**options)
        if cls.ways:
            cls.search_fields = [repr(way) for way in cls.ways]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What is found in the ways of the page."""
        if not self.ways:
            # No text that is stored has this character, and the database refuses to look for it.
            return super().get_search_results(request, queryset, search_term.replace("\0", ""))
        return search(self, request, queryset, search_term), False

    def name_of(self, row: Any) -> str:
        """The row in the heading of its page. What it is called may be words of people: only `told_name` is told."""
        return told(str(row)) if self.told_name else str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Headings follow the language of the page; a row's own words are those of logs and commands."""
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        if (
            isinstance(answer, TemplateResponse)
            and answer.context_data
            and (row := answer.context_data.get("original"))
        ):
            name = self.name_of(row)
            answer.context_data |= {"original": Named(row, name), "subtitle": name}
        return answer

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A moment that no calendar has, as in the year 1, would be stored and could not be read again."""
        field = super().formfield_for_dbfield(db_field, request, **asked_for(db_field), **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators = [*field.validators, MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        return field


class ReadOnlyPage(Page):
    """What people look at and billing writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
