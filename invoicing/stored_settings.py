"""Settings kept in the database: read by each process every few seconds, changed with reason and record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from celery.signals import task_prerun
from django.conf import settings
from django.db import Error, connection, transaction

import config
from config import overrides
from config.overrides import Rows, StoreAway, Stored
from invoicing import audit
from invoicing.models import StoredSetting
from invoicing.reasons import stated

log = structlog.get_logger("billing.settings")

# Two settings that contradict each other could else be stored at once.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('stored settings'))"


class ChangedMeanwhile(ValueError):  # noqa: N818 - a finding, not a fault
    """Somebody else stored another value since the form was opened."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this setting meanwhile. Look at its value and decide again.")


def follow_changes() -> None:
    """Let settings in force follow the database: at each use, and before each task."""
    overrides.register(Reader())
    task_prerun.connect(_before_a_task, dispatch_uid="invoicing.stored_settings")


def _before_a_task(**_: object) -> None:
    config.billing()


@dataclass(frozen=True, slots=True)
class Change:
    """What storing would come to: the value in force before and after, as typed."""

    name: str
    before: str
    after: str


def read_all() -> Rows:
    """All stored values, in one statement. Raises the database's error."""
    return {row.name: _stored(row) for row in StoredSetting.objects.order_by("name")}


class Reader:
    """How a process reads stored values: between transactions, and never failing who asks for a setting."""

    def __init__(self, read: Callable[[], Rows] = read_all) -> None:
        self._read = read
        self._failing = False

    def __call__(self, first: bool) -> Rows | None:
        """All rows; None where this is no moment to read. Raises StoreAway where the database does not answer."""
        # Within a transaction settings stay as they are; only a process that knows nothing yet reads there.
        if connection.in_atomic_block and (connection.needs_rollback or not first):
            return None
        try:
            if connection.in_atomic_block:
                with transaction.atomic():  # a failure must not end the transaction of who asks
                    found = self._read()
            else:
                found = self._read()
        except Error as problem:
            if not self._failing:
                log.warning("stored settings cannot be read; those known stay in force", error=str(problem))
            self._failing = True
            raise StoreAway from problem
        self._failing = False
        return found


def plan_setting(name: str, value: str | None) -> Change:
    """What storing a value (None: the environment's again) would come to. Writes nothing.

    Raises ValueError with a sentence where the setting cannot be stored, the value is none, or settings contradict
    each other then.
    """
    stored = {key: row.value for key, row in read_all().items()}
    before = overrides.combine(settings.BILLING, stored)
    if value is None:
        stored.pop(name, None)
    else:
        overrides.parse(name, value)
        stored[name] = value.strip()
    after = overrides.combine(settings.BILLING, stored)
    if found := [problem for key, problem in after.ignored.items() if key == name or key not in before.ignored]:
        raise ValueError(" ".join(found))
    return Change(name, overrides.shown(before.settings, name), overrides.shown(after.settings, name))


@transaction.atomic
def store_setting(name: str, value: str | None, *, seen: datetime | None, reason: str, by: str, at: datetime) -> Change:
    """Store a value over the environment's; None takes the stored one away. In force everywhere within ten seconds.

    `seen` is when the row was last changed as the person saw it, None where there was none; ChangedMeanwhile where it
    is another by now. What is stored already is not stored again. Raises ValueError as `plan_setting` does, or without
    a reason.
    """
    reason = stated(reason)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    row = StoredSetting.objects.filter(name=name).first()
    change = plan_setting(name, value)
    if (row.value if row else None) == (None if value is None else value.strip()):
        return change  # a second click
    if (row.changed_at if row else None) != seen:
        raise ChangedMeanwhile
    if value is None:
        StoredSetting.objects.filter(name=name).delete()
    else:
        fields = {"value": value.strip(), "changed_at": at, "changed_by": by, "reason": reason}
        StoredSetting.objects.update_or_create(name=name, defaults=fields)
    action = "setting.stored" if value is not None else "setting.taken_back"
    data = {"name": name, "before": change.before, "after": change.after}
    audit.record(action, None, by=by, at=at, reason=reason, data=data)
    transaction.on_commit(overrides.forget)
    return change


def _stored(row: StoredSetting) -> Stored:
    return Stored(row.value, row.changed_at, row.changed_by, row.reason)
