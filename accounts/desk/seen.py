"""Forms that lay open: what the person saw travels with the form, and only what they changed themselves is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ChoiceField, ModelChoiceField, ModelForm
from django.forms.boundfield import BoundField
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    AnyForm = ModelForm[Any]
    AnyInlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    AnyForm, AnyInlineFormSet = ModelForm, BaseInlineFormSet


def columns_of(row: Any, names: Iterable[str]) -> list[str]:
    """The columns of the row among the names of a form's fields."""
    columns = {field.name for field in row._meta.concrete_fields}
    return [name for name in names if name in columns]


def remembering(form: type[AnyForm]) -> type[AnyForm]:
    """The form carries along what the person saw: changed is what differs from that, not from what is there now.

    A value that the person changed and somebody else changed meanwhile is refused, and so is a form of which a field is
    not open to change any more. What the person left alone stays as it is by now, also while the row is checked.
    """

    class Remembering(form):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name, field in self.fields.items():
                # What is sent without it is compared with what is there.
                sent = not self.is_bound or _was_shown(self, name)
                field.show_hidden_initial = bool(self.instance.pk) and sent and not field.disabled
                if self.is_bound and field.show_hidden_initial:
                    _keep_seen(self, name)

        def _clean_form(self) -> None:
            super()._clean_form()
            if self.is_bound and self.instance.pk:
                _refuse_closed(self)
                for name in self.changed_data:
                    _refuse_overtaken(self, self[name])

        def _post_clean(self) -> None:
            if not self.instance.pk:
                super()._post_clean()
                return
            given: dict[str, Any] = dict(self.cleaned_data)
            for name in given.keys() - set(self.changed_data):
                del self.cleaned_data[name]
            super()._post_clean()
            self.cleaned_data |= {name: value for name, value in given.items() if name not in self.errors}

    Remembering.__name__ = Remembering.__qualname__ = form.__name__
    return Remembering


class ChangedRows(AnyInlineFormSet):
    """Rows of a page: of each, what the person changed is written and nothing else."""

    def save_existing(self, form: AnyForm, obj: Any, commit: bool = True) -> Any:
        """Save one row that was there before."""
        row = form.save(commit=False)
        if commit:
            row.save(update_fields=columns_of(obj, form.changed_data))
            form.save_m2m()
        return row


def _was_shown(form: Any, name: str) -> bool:
    seen = form.add_initial_prefix(name)
    return seen in form.data or f"{seen}_0" in form.data


def _keep_seen(form: Any, name: str) -> None:
    """Of a field of several inputs, as a moment, Django shows again what the person saw only with this key."""
    if (seen := form.add_initial_prefix(name)) not in form.data:
        form.data = form.data.copy()
        form.data.setlist(seen, [])


def _refuse_closed(form: Any) -> None:
    """What could be changed when the form was opened, and cannot be any more."""
    columns = {field.name for field in form.instance._meta.concrete_fields} - form.fields.keys()
    if any(_was_shown(form, name) for name in columns):
        form.add_error(None, _("Somebody else decided about this meanwhile: open the page again."))


def _refuse_overtaken(form: Any, field: BoundField) -> None:
    """A value that is neither what the person saw nor what they want: they look at it and decide again."""
    if not field.field.show_hidden_initial or field.name in form.errors:
        return
    now = _as_sent(field, field.initial)
    seen = {name: [_lines(one) for one in form.data.getlist(name)] for name in now}
    if seen == now or not field.field.has_changed(field.initial, field.data):
        return
    # Sent once more, it is the person's decision about the value that they were told.
    form.data = form.data.copy()
    for name, values in now.items():
        form.data.setlist(name, values)
    value = _in_words(field.field, field.initial)
    told = _("Somebody else changed this meanwhile, to “%(value)s”: save again to change it all the same.")
    none = _("Somebody else emptied this meanwhile: save again to change it all the same.")
    form.add_error(field.name, ValidationError(told % {"value": value} if value else none))


def _in_words(field: Any, value: Any) -> str:
    """The value as the page tells it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    kind = type(field)
    if issubclass(kind, ModelChoiceField):
        return str(field.queryset.filter(pk=getattr(value, "pk", value)).first() or value)
    if issubclass(kind, ChoiceField):
        return str(dict(field.choices).get(value, value))
    if isinstance(value, datetime):
        return str(localize(localtime(value)))
    return str(localize(value) if isinstance(value, date | Decimal) else field.prepare_value(value))


def _as_sent(field: BoundField, value: Any) -> Mapping[str, list[str]]:
    """What the hidden inputs of this value send, by their names."""
    widget = field.field.hidden_widget()
    context = widget.get_context(field.html_initial_name, field.field.prepare_value(value), {})["widget"]
    found: dict[str, list[str]] = {}
    for one in context.get("subwidgets") or [context]:
        sent = "" if one["value"] is None else _lines(str(one["value"]))
        found.setdefault(one["name"], []).append(sent)
    return found


def _lines(text: str) -> str:
    """A browser sends other ends of lines than are stored."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
