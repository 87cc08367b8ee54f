"""What the histories are made of: terms, places, amounts of time."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

# Which time entry: counted round from the newest.
ENTRY = st.integers(0, 11)
LEVEL = st.sampled_from(["", "entry", "day"])
CONTRACTS = ("time", "mixed", "per ticket")
# What a new ticket falls under: a contract, or only its client, for whom several contracts are in force, or one.
UNDER = (*CONTRACTS, "several", "only")

MINUTES = st.sampled_from([75, 1, 20, 30, 45, 300, 540])
# Time as it is logged.
TIME = st.fixed_dictionaries({
    "minutes": MINUTES,
    "days_back": st.sampled_from([0, 1, 30]),
    "hour": st.sampled_from([None, 10, 22]),
    "hourly_rate": st.sampled_from([None, None, Decimal(120), Decimal(0)]),
    "work_type": st.sampled_from(["", "onsite"]),
    "technician": st.sampled_from(["kim", "petra"]),
    "status": st.sampled_from(["submitted", "submitted", "submitted", "draft"]),
    "billable": st.sampled_from([True, True, True, False]),
})  # fmt: skip
# What was done for a client, from opening to closing.
JOB = st.fixed_dictionaries({"under": st.sampled_from(UNDER), "time": st.lists(TIME, min_size=1, max_size=3)})
JOBS = st.lists(JOB, min_size=2, max_size=4)
MIXED = st.fixed_dictionaries({
    "included_seconds": st.sampled_from([0, 3600, 4 * 3600]),
    "included_tickets": st.sampled_from([None, None, 1]),
    "rollover_months": st.sampled_from([0, 2]),
    "late_work": st.sampled_from(["supplement", "absorb"]),
    "below_minimum": st.sampled_from(["", "skip"]),
})  # fmt: skip
