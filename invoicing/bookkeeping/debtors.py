"""Each client's account in the bookkeeping: given once, never given to another."""

from __future__ import annotations

from django.db import connection, transaction

from contracts.models import Client

LOCK = "SELECT pg_advisory_xact_lock(hashtext('bookkeeping.debtors'))"
NEXT = "SELECT coalesce(max(debtor_number) FILTER (WHERE debtor_number >= %s), %s) + 1 FROM contracts_client"
GIVE = "UPDATE contracts_client SET debtor_number = %s WHERE id = %s AND debtor_number IS NULL RETURNING debtor_number"


def debtor_of(client: Client, *, first: int) -> int:
    """The client's account; where it has none, the next free one from `first` on, which it keeps."""
    if client.debtor_number is not None:
        return client.debtor_number
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(NEXT, [first, first - 1])
        (free,) = cursor.fetchone()
        cursor.execute(GIVE, [free, client.pk])
        if cursor.fetchone() is None:  # another export was first
            client.refresh_from_db(fields=["debtor_number"])
            return debtor_of(client, first=first)
    client.debtor_number = free
    return int(free)
