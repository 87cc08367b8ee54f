"""The two database connections: the application's role for all work, the owner's for migrations alone."""

from __future__ import annotations

from typing import Any

from config.deployment import Deployment

# Seconds a statement may take, by process: pages answer soon, batches are bounded by their own limits.
STATEMENT_TIMEOUT_MS = {"web": 30_000, "billing": 120_000}


def connections(deployment: Deployment, process: str) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for this kind of process (web, billing, gateway, beat or command)."""
    return {
        "default": _connection(deployment.database(), process),
        "owner": _connection(deployment.database_owner(), "command"),
    }


def _connection(address: dict[str, Any], process: str) -> dict[str, Any]:
    server_settings = {
        "lock_timeout": 5_000,
        "idle_in_transaction_session_timeout": 60_000,
        "statement_timeout": STATEMENT_TIMEOUT_MS.get(process, 0),
        "timezone": "UTC",
    }
    return address | {
        "ENGINE": "django.db.backends.postgresql",
        # A connection of its own for each task costs more than half of a worker's throughput.
        "CONN_MAX_AGE": None if process in {"web", "billing", "gateway"} else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": address.get("OPTIONS", {})
        | {
            "connect_timeout": 3,
            "keepalives": 1,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "application_name": f"billing-{process}",
            "options": " ".join(f"-c {name}={value}" for name, value in server_settings.items()),
        },
    }


class OwnerMigrates:
    """Router: only the owner's connection migrates; everything else goes to the default connection."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:  # noqa: ARG002 - Django's signature
        return db == "owner"

    def allow_relation(self, *_: object, **__: object) -> bool:
        return True
