"""Records of the gateway by the ids that commands are given."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError

from contracts.models.base import ExternalRecord


def keys_of(model: type[ExternalRecord], ids: Sequence[str]) -> list[int]:
    """The keys of the records with these ids. Raises CommandError naming the first that is not there."""
    found = dict(model._default_manager.filter(external_id__in=ids).values_list("external_id", "pk"))
    for name in ids:
        if name not in found:
            raise CommandError(f"there is no {model._meta.verbose_name} {name!r}")
    return [found[name] for name in ids]
