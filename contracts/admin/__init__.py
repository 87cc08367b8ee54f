"""Clients and what was agreed with them."""

from contracts.admin import charges, client, contract  # noqa: F401 - the pages register themselves
