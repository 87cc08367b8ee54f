"""Who is at work, told to the database: what its triggers write to the audit trail carries the name."""

from __future__ import annotations

from typing import Final

from django.db import connection

SETTING: Final = "billing.acting"


def act_as(name: str) -> None:
    """Tell the name for the rest of the transaction; without a transaction it is forgotten at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, name])
