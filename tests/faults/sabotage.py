"""Faults planted in the database as triggers of the owner: statements that wait, deadlock or fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from psycopg import sql

# In a schema of its own: cleaning after a test empties the tables of `public`.
PLANT = """
CREATE SCHEMA faults;
CREATE TABLE faults.gate (open boolean NOT NULL);
INSERT INTO faults.gate VALUES (false);
CREATE TABLE faults.poisoned (entry_id bigint PRIMARY KEY);
CREATE SEQUENCE faults.tries;
CREATE FUNCTION faults.wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    WHILE NOT (SELECT open FROM faults.gate) LOOP
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN NULL;
END $$;
-- A sequence keeps counting where the transaction is rolled back.
CREATE FUNCTION faults.deadlock_at_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF nextval('faults.tries') <= TG_ARGV[0]::bigint THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION faults.fail_for_the_poisoned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh JOIN faults.poisoned ON entry_id = source_id WHERE kind = 'time_entry') THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
    END IF;
    RETURN NULL;
END $$;
"""
# Billed units are claimed in one statement, in the middle of the transaction that bills.
AT_CLAIMS = "CREATE TRIGGER a_fault {when} INSERT ON invoicing_claim {rows} FOR EACH STATEMENT EXECUTE FUNCTION {call}"
PAGES = "REFERENCING NEW TABLE AS fresh"
AT_THE_GATE = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'PgSleep' AND query LIKE %s
"""


@dataclass(frozen=True)
class Sabotage:
    """Each method makes claiming go wrong in its own way; one at a time."""

    owner: psycopg.Connection[Any]

    @classmethod
    @contextmanager
    def on(cls, owner: psycopg.Connection[Any]) -> Iterator[Self]:
        """Plant for as long as the block takes."""
        owner.execute(PLANT)
        planted = cls(owner)
        try:
            yield planted
        finally:
            planted.open_gate()
            owner.execute("SET lock_timeout = '20s'")
            owner.execute("SET client_min_messages = warning")
            owner.execute("DROP SCHEMA faults CASCADE")

    def close_gate(self) -> None:
        """Whoever claims from now on waits in the middle of that statement."""
        self._at_claims("faults.wait_at_the_gate()")

    def open_gate(self) -> None:
        """Everybody who waits goes on."""
        self.owner.execute("UPDATE faults.gate SET open = true")

    def waiting(self) -> list[int]:
        """The database's processes that stand at the gate."""
        return [pid for (pid,) in self.owner.execute(AT_THE_GATE, ["COPY%"]).fetchall()]

    def deadlock(self, times: int) -> None:
        """The first statements that claim, so many of them, end in a deadlock."""
        self._at_claims(sql.SQL("faults.deadlock_at_first({})").format(sql.Literal(str(times))).as_string())

    def tries(self) -> int:
        """How many statements tried to claim since `deadlock`."""
        row = self.owner.execute("SELECT last_value FROM faults.tries WHERE is_called").fetchone()
        return int(row[0]) if row else 0

    def poison(self, entries: Sequence[int]) -> None:
        """Every statement that claims one of these time entries ends in a deadlock."""
        self.owner.cursor().executemany("INSERT INTO faults.poisoned VALUES (%s)", [[entry] for entry in entries])
        self._at_claims("faults.fail_for_the_poisoned()", when="AFTER", rows=PAGES)

    def cure(self) -> None:
        """Nothing is poisoned any more."""
        self.owner.execute("DELETE FROM faults.poisoned")

    def _at_claims(self, call: str, *, when: str = "BEFORE", rows: str = "") -> None:
        self.owner.execute(sql.SQL(AT_CLAIMS.format(when=when, rows=rows, call=call)))
