"""The theme's marks for columns and actions, with types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from unfold import decorators
from unfold.enums import ActionVariant

from accounts.desk.refusals import told
from accounts.language import active
from rating.numerals import number

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Method = TypeVar("Method", bound=Callable[..., Any])


class _Tones(dict[Any, str]):
    """The colours of values. One without a colour still has its words, and not its stored name."""

    def __missing__(self, value: Any) -> str:
        return ""


def display(
    *,
    description: _StrOrPromise,
    ordering: str | None = None,
    boolean: bool | None = None,
    label: Mapping[Any, str] | None = None,
) -> Callable[[Method], Method]:
    """A column. `label` gives values their colours: info, success, warning or danger."""
    return cast(
        Callable[[Method], Method],
        decorators.display(description=description, ordering=ordering, boolean=boolean, label=label and _Tones(label)),
    )


def stored_sentence(name: str, *, description: _StrOrPromise) -> Callable[[Any, Any], str]:
    """A column of a sentence that was stored in English, in the language of the page."""

    @display(description=description, ordering=name)
    def column(_page: Any, row: Any) -> str:
        return told(getattr(row, name)) or "-"

    return column


def figure_column(name: str, *, description: _StrOrPromise, places: int = 0) -> Callable[[Any, Any], str]:
    """A column of a number as the language of the page writes it, with at least so many decimal places."""

    @display(description=description, ordering=name)
    def column(_page: Any, row: Any) -> str:
        value = getattr(row, name)
        return "-" if value is None else number(value, active(), places=places)

    return column


def action(
    *,
    description: _StrOrPromise,
    permissions: Sequence[str],
    icon: str,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Method], Method]:
    """A button of a page; shown, and allowed, where each `has_…_permission` says so."""
    return cast(
        Callable[[Method], Method],
        decorators.action(description=description, permissions=permissions, icon=icon, variant=variant),
    )
