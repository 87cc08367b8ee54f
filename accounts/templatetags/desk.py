"""What templates of the admin share."""

from __future__ import annotations

from django import template

from accounts.desk import refusals

register = template.Library()


@register.filter
def told(said: object) -> str:
    """What a use case said, in the language of the page."""
    return refusals.told(str(said))
