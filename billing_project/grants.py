"""What the application's database role may do, granted after every migration by the owner.

The role reads and writes rows. What must never be changed or deleted is withheld here, so that not even a shell in the
application can; triggers refuse the rest with a sentence.
"""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from psycopg import sql

# Rights that the application does not get, by table; a column list grants UPDATE of these columns alone.
WITHHELD = {
    "contracts_allocation": ("UPDATE", "DELETE"),
    "django_migrations": ("INSERT", "UPDATE", "DELETE"),
    "invoicing_auditentry": ("UPDATE", "DELETE"),
    "invoicing_audithead": ("DELETE",),
    "invoicing_auditseal": ("DELETE",),
    "invoicing_claim": ("UPDATE", "DELETE"),
    "invoicing_invoice": ("DELETE",),
    "invoicing_numberseries": ("DELETE",),
    "invoicing_taxline": ("UPDATE", "DELETE"),
}
UPDATABLE_COLUMNS = {
    "contracts_allocation": ("released_at",),
    "invoicing_claim": ("released_at", "released_by", "release_reason", "released_to_id"),
}

# What a role names without a schema, PostgreSQL looks up among its temporary tables first. A guard that did so would
# read a table that the application has just made itself.
OWN_FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND proowner = current_user::regrole
"""


def after_migrate(sender: AppConfig, using: str, **_: object) -> None:  # noqa: ARG001 - Django's signature
    """Receiver of post_migrate: sent once, after all apps of this connection have migrated."""
    if using == "owner":
        grant(settings.DATABASES["default"]["USER"])
        pin_names()


def grant(role: str) -> None:
    """Give the application's role its rights on every table and sequence that exists now."""
    name = sql.Identifier(role)
    with connections["owner"].cursor() as cursor:
        existing = set(connections["owner"].introspection.table_names(cursor))
        statements = [
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        ]
        statements += [
            sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(", ".join(WITHHELD[table])), sql.Identifier(table), name)
            for table in sorted(existing & WITHHELD.keys())
        ]
        for table in sorted(existing & UPDATABLE_COLUMNS.keys()):
            columns = sql.SQL(", ").join(map(sql.Identifier, UPDATABLE_COLUMNS[table]))
            statements.append(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(columns, sql.Identifier(table), name))
        for statement in statements:
            cursor.execute(statement)


def pin_names() -> None:
    """Let every function of ours find the real tables first, whatever else has their names."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(OWN_FUNCTIONS)
        for (function,) in cursor.fetchall():
            cursor.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")
