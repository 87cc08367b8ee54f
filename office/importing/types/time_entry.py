"""Time entries: hours as they were typed, or a timer from start to end without its pauses."""

from __future__ import annotations

from office.importing.claimed import claim_mark, frozen, marked, release_mark
from office.importing.keys import Of
from office.importing.record_type import Check, RecordType, bits_of, columns_of
from office.importing.values import hours, integer
from tickets.models import TimeEntry

of = Of(TimeEntry)

_DAY_SECONDS = 24 * 3600

_KEYS = (
    of.reference("ticket", "ticket", fixed=True),
    of.text("technician"),
    of.day("work_date", "worked_on"),
    of.value("hours_worked", hours(24), "seconds_worked"),
    of.value("seconds_worked", integer(0, _DAY_SECONDS)),
    of.moment("started_at"),
    of.moment("ended_at"),
    of.value("paused_seconds", integer(0, _DAY_SECONDS)),
    of.boolean("billable"),
    of.choice("status"),
    of.decimal("hourly_rate"),
    of.text("work_type"),
    of.boolean("emergency"),
    of.text("description", layout=True),
    of.text("billed_elsewhere"),
)

_bits = bits_of(columns_of(_KEYS))
_TIMER = _bits["started_at"] | _bits["ended_at"] | _bits["paused_seconds"]
_RAN = "floor(extract(epoch FROM i.ended_at - i.started_at))::bigint"
# A line that moves the timer and says no hours means the hours of the timer. What is out of range is found by the
# checks; the column must hold it until then.
_SECONDS_OF_THE_TIMER = (
    f"UPDATE import_time_entry i SET seconds_worked = least(greatest({_RAN} - i.paused_seconds, 0), {_DAY_SECONDS})"
    f" WHERE i.given & {_bits['seconds_worked']} = 0 AND i.given & {_TIMER} <> 0"
    " AND i.started_at IS NOT NULL AND i.ended_at IS NOT NULL"
)
# Other work puts an approved entry back to submitted; a line that says its status decides that anew.
_STATED_STATUS = (
    "UPDATE tickets_timeentry t SET status = i.status, decided_by = %(by)s, decided_at = %(at)s"
    f" FROM import_time_entry i WHERE t.id = i.pk AND i.given & {_bits['status']} <> 0 AND t.status <> i.status"
)

# A file is nobody's own work; a line that changes what is billed takes the place of who entered it.
_AUTHOR = "import"
_FACTS = sorted(
    column.name for column in columns_of(_KEYS) if column.field.name in TimeEntry.FACTS and not column.refers_to
)
_OTHER_FACTS = (
    f"({', '.join(f'i.{name}' for name in _FACTS)}) IS DISTINCT FROM ({', '.join(f't.{name}' for name in _FACTS)})"
)

TIME_ENTRY = RecordType(
    "time_entry",
    TimeEntry,
    keys=_KEYS,
    derive=(_SECONDS_OF_THE_TIMER,),
    belongs_to="ticket",
    supplied={"entered_by": f"'{_AUTHOR}'"},
    stamped={"entered_by": f"CASE WHEN {_OTHER_FACTS} THEN '{_AUTHOR}' ELSE t.entered_by END"},
    checks=(
        Check(
            "hours_worked",
            "i.seconds_worked IS NULL AND (i.started_at IS NULL OR i.ended_at IS NOT NULL)",
            "'is missing (or give seconds_worked, or started_at and ended_at)'",
        ),
        Check("ended_at", "i.ended_at < i.started_at", "'is before started_at'"),
        Check(
            "ended_at",
            f"{_RAN} - i.paused_seconds > {_DAY_SECONDS}",
            "'is more than 24 hours of work after started_at'",
        ),
        Check(
            "paused_seconds",
            f"i.ended_at >= i.started_at AND i.paused_seconds > {_RAN}",
            "'is longer than the time worked'",
        ),
        Check("ended_at", "i.ended_at IS NOT NULL AND i.started_at IS NULL", "'has no started_at'"),
        marked("time_entry"),
        *frozen(
            "time_entry",
            (
                ("technician", "i.technician", "t.technician"),
                ("work_date", "i.worked_on", "t.worked_on"),
                ("hours_worked", "i.seconds_worked", "t.seconds_worked"),
                ("started_at", "i.started_at", "t.started_at"),
                ("ended_at", "i.ended_at", "t.ended_at"),
                ("paused_seconds", "i.paused_seconds", "t.paused_seconds"),
                ("billable", "i.billable", "t.billable"),
                ("status", "i.status", "t.status"),
                ("hourly_rate", "i.hourly_rate", "t.hourly_rate"),
                ("work_type", "i.work_type", "t.work_type"),
                ("emergency", "i.emergency", "t.emergency"),
            ),
        ),
    ),
    before=(release_mark("time_entry", "time_entry"),),
    after=(
        _STATED_STATUS,
        claim_mark("time_entry", "time_entry", "tickets_timeentry"),
    ),
)
