"""Numbers of documents are unique and gapless in each series (P7)."""

from __future__ import annotations

from office.verification.names import DOCUMENT, ISSUED
from office.verification.violation import QueryCheck

# Documents with the series that gave them their number. Two series never give the same number.
IN_SERIES = f"""
WITH series AS (
    SELECT name, last, split_part(name, '{{number}}', 1) AS head, split_part(name, '{{number}}', 2) AS tail
    FROM invoicing_numberseries
), matching AS (
    SELECT s.name, s.last, i.id, {DOCUMENT} AS document,
        substr(i.number, length(s.head) + 1, length(i.number) - length(s.head) - length(s.tail)) AS digits
    FROM invoicing_invoice i JOIN series s ON starts_with(i.number, s.head) AND right(i.number, length(s.tail)) = s.tail
        AND length(i.number) > length(s.head) + length(s.tail)
), given AS (
    SELECT name, last, id, document, digits::bigint AS number FROM matching WHERE digits ~ '^[0-9]{{1,18}}$'
)
"""

CHECKS = (
    QueryCheck(
        "numbers_are_given_once",
        f"""{IN_SERIES}
        SELECT 'document ' || min(document), format('number %s of series %s is also that of document %s', number, name,
            max(document))
        FROM given GROUP BY name, number HAVING count(*) > 1
        """,
    ),
    QueryCheck(
        "numbers_have_no_gap",
        f"""{IN_SERIES}
        , opened AS (  -- a person let the series go on further up, after a restore or on moving from another system
            SELECT data ->> 'series' AS name, data ->> 'number' AS number FROM invoicing_auditentry
            WHERE action = 'series.opened'
        ), steps AS (
            SELECT name, number, document,
                lag(number, 1, 0::bigint) OVER (PARTITION BY name ORDER BY number) AS previous
            FROM given
        )
        SELECT 'document ' || document, format('series %s has no document with the number %s before it', name,
            concat_ws(' to ', previous + 1, CASE WHEN number - previous > 2 THEN number - 1 END))
        FROM steps WHERE number - previous > 1
            AND NOT EXISTS (SELECT FROM opened o WHERE o.name = steps.name AND o.number = steps.number::text)
        """,
    ),
    QueryCheck(
        "counters_are_not_behind",
        f"""{IN_SERIES}
        SELECT 'series ' || name, format('its counter stands at %s; number %s was given', last, max(number))
        FROM given WHERE number > last GROUP BY name, last
        """,
    ),
    QueryCheck(
        "numbers_come_from_a_series",
        f"""{IN_SERIES}
        SELECT 'document ' || {DOCUMENT}, 'no series gave it its number'
        FROM invoicing_invoice i LEFT JOIN given g ON g.id = i.id
        WHERE {ISSUED} AND i.number IS NOT NULL AND g.id IS NULL
        """,
    ),
)
