"""Moves between states, each one UPDATE that carries its own guard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models


class InvalidTransition(Exception):  # noqa: N818 - the field's term, read as a sentence where it is caught
    """The row was not in a state that allows this move; nothing was changed."""


class Stateful(models.Model):
    """A row whose state changes only by its own guarded moves.

    `MOVES` names, for each state, the states that may follow. `save()` never writes the state column nor the columns
    in `OWNED`, so that a form or a stale copy cannot undo a move made meanwhile.
    """

    STATE: ClassVar[str]
    OWNED: ClassVar[frozenset[str]] = frozenset()
    MOVES: ClassVar[Mapping[str, frozenset[str]]]

    class Meta:
        abstract = True

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Insert whole, update all but the state and what the moves own."""
        guarded = self.OWNED | {self.STATE}
        if not self._state.adding:
            names = update_fields if update_fields is not None else self._plain_columns()
            update_fields = [name for name in names if name not in guarded]
        super().save(update_fields=update_fields, **kwargs)

    def move_to(self, state: str, **owned: Any) -> None:
        """Move to `state` and set columns the move owns; raise InvalidTransition when another move came first."""
        moved = (
            type(self)
            ._base_manager.filter(pk=self.pk, **{f"{self.STATE}__in": sources_of(type(self), state)})
            .update(**{self.STATE: state, **owned})
        )
        if moved != 1:
            self.refresh_from_db(fields=[self.STATE])
            raise InvalidTransition(
                f"{self._meta.verbose_name} {self} is {getattr(self, self.STATE)} and cannot become {state}"
            )
        for name, value in {self.STATE: state, **owned}.items():
            setattr(self, name, value)

    def _plain_columns(self) -> list[str]:
        deferred = self.get_deferred_fields()
        return [
            field.name
            for field in self._meta.concrete_fields
            if not field.primary_key and not field.generated and field.attname not in deferred
        ]


def sources_of(model: type[Stateful], state: str) -> list[str]:
    """The states from which `model` may move to `state`."""
    return [before for before, after in model.MOVES.items() if state in after]
