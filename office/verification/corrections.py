"""What was paid, credited and taken off is exactly what payments, corrections and discounts say (D-03, D-07, M-04)."""

from __future__ import annotations

from office.verification.names import DOCUMENT, ISSUED
from office.verification.violation import QueryCheck

CORRECTS = "c.status NOT IN ('draft', 'discarded')"

CHECKS = (
    QueryCheck(
        "paid_is_the_sum_of_payments",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('its payments make %s; it says %s', coalesce(sum(p.amount_cents), 0),
            i.paid_cents)
        FROM invoicing_invoice i LEFT JOIN invoicing_payment p ON p.invoice_id = i.id GROUP BY i.id
        HAVING i.paid_cents <> coalesce(sum(p.amount_cents), 0)
        """,
    ),
    QueryCheck(
        "credited_is_the_sum_of_corrections",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('what takes it back makes %s; it says %s',
            coalesce(-sum(c.total_cents), 0), i.credited_cents)
        FROM invoicing_invoice i LEFT JOIN invoicing_invoice c ON c.cancels_id = i.id AND {CORRECTS} GROUP BY i.id
        HAVING i.credited_cents <> coalesce(-sum(c.total_cents), 0)
        """,
    ),
    QueryCheck(
        "paid_means_nothing_is_left",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('it is paid, and of %s only %s were paid and %s credited',
            i.total_cents, i.paid_cents, i.credited_cents)
        FROM invoicing_invoice i WHERE i.status = 'paid' AND i.cancels_id IS NULL
            AND NOT EXISTS (SELECT FROM invoicing_payment p WHERE p.invoice_id = i.id AND p.amount_cents < 0)
            AND i.paid_cents + i.credited_cents < i.total_cents
        """,
    ),
    # Together, not one by one: the last cent of tax belongs to the correction that completes it.
    QueryCheck(
        "corrections_sum_up",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('taken back of it at %s %s %%: tax of %s on %s', t.category,
            t.rate::float8, -sum(t.tax_cents), -sum(t.taxable_cents))
        FROM invoicing_invoice i JOIN invoicing_invoice c ON c.cancels_id = i.id AND {CORRECTS}
            JOIN invoicing_taxline t ON t.invoice_id = c.id
            LEFT JOIN invoicing_taxline f ON f.invoice_id = i.id AND (f.category, f.rate) = (t.category, t.rate)
        GROUP BY i.id, t.category, t.rate, f.id
        HAVING round(-sum(t.taxable_cents) * t.rate / 100) <> -sum(t.tax_cents) OR f.id IS NULL
            OR abs(sum(t.taxable_cents)) > abs(f.taxable_cents) AND f.taxable_cents >= 0 AND NOT EXISTS (
                SELECT FROM invoicing_invoiceline l WHERE l.invoice_id = i.id AND l.amount_cents < 0)
        """,
    ),
    QueryCheck(
        "corrected_lines_are_the_first_ones",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('its line %s takes back no line of what it corrects', l.position)
        FROM invoicing_invoice i JOIN invoicing_invoiceline l ON l.invoice_id = i.id
            LEFT JOIN invoicing_invoiceline f ON f.id = l.corrects_id
        WHERE {ISSUED} AND i.cancels_id IS NOT NULL
            AND (f.invoice_id IS DISTINCT FROM i.cancels_id OR l.amount_cents <> -f.amount_cents)
        """,
    ),
    QueryCheck(
        "discount_is_what_was_used",
        f"""
        SELECT 'document ' || {DOCUMENT}, format('the discounts used on it make %s; it says %s',
            coalesce(sum(u.amount_cents), 0), i.discount_cents)
        FROM invoicing_invoice i LEFT JOIN invoicing_discountuse u ON u.invoice_id = i.id
        WHERE {ISSUED} AND i.cancels_id IS NULL GROUP BY i.id
        HAVING coalesce(i.discount_cents, 0) <> coalesce(sum(u.amount_cents), 0)
        """,
    ),
)
