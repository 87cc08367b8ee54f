"""The sentences of explanations, in every language: the same keys, and the same places to fill in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rating.numerals import Language

ENGLISH: Final = {
    "entry": "Time entry {name} of {day}: {time} at {rate} an hour ({origin}).",
    "entry_covered": (
        "Time entry {name} of {day}: {worked}, of which {covered} are paid by the allowance; {time} are left at {rate} "
        "an hour ({origin})."
    ),
    "entry_elsewhere": "It has a rate of its own: on this line it counts for the rounding alone.",
    "of_ticket": "The whole ticket",
    "of_day": "All of {day}",
    "of_entry": "Time entry {name}",
    "rounded_together": "{what}: {steps}.",
    "to_price": "{time} to price",
    "raised": "raised to the minimum of {time}",
    "rounded_up": "rounded up to steps of {step}: {time}",
    "rounded_nearest": "rounded to the nearest step of {step}: {time}",
    "rounded_down": "rounded down to steps of {step}: {time}",
    "rounded_none": "not rounded",
    "of_this_line": "Of this, {time} belong to the rate of this line.",
    "minutes": "{count} min",
    "seconds": "{count} s",
    "per_hour": "{quantity} × {price} an hour = {amount}.",
    "product": "{quantity} × {price} = {amount}.",
    "multiplied": "{price} ({origin})",
    "multiplier": "× {factor} ({origin})",
    "origin_override": "set by a person for this ticket",
    "origin_entry": "set for this entry",
    "origin_card": "rate card {name}",
    "origin_assignment": "assignment {name}",
    "origin_contract": "contract {name}",
    "origin_client": "the client's rate",
    "origin_setting": "our usual rate",
    "fee_contract": "Fee per ticket as agreed in the contract.",
    "fee_assignment": "Fee per ticket as agreed for the contact.",
    "fee_pays": "It pays for the time entries {names}.",
    "expense": "Expense {name} of {day}.",
    "charge": "Single charge {name} of {day}.",
    "recurring": "Recurring charge {name} of contract {contract}, {interval}, billed {timing}.",
    "period": "For {first} to {last}.",
    "monthly": "monthly",
    "quarterly": "quarterly",
    "yearly": "yearly",
    "advance": "in advance",
    "arrears": "in arrears",
    "whole_period": "The whole period: {quantity} × {price} = {amount}.",
    "proration": "Of its {all} days, {days} are charged, to the day: {amount}.",
}  # fmt: skip
GERMAN: Final = {
    "entry": "Zeiteintrag {name} vom {day}: {time} zu {rate} je Stunde ({origin}).",
    "entry_covered": (
        "Zeiteintrag {name} vom {day}: {worked}, davon {covered} durch das Kontingent bezahlt; es bleiben {time} zu "
        "{rate} je Stunde ({origin})."
    ),
    "entry_elsewhere": "Er hat einen eigenen Satz: In dieser Zeile zählt er nur für die Rundung.",
    "of_ticket": "Das ganze Ticket",
    "of_day": "Alles vom {day}",
    "of_entry": "Zeiteintrag {name}",
    "rounded_together": "{what}: {steps}.",
    "to_price": "{time} zu berechnen",
    "raised": "angehoben auf das Minimum von {time}",
    "rounded_up": "aufgerundet auf Schritte von {step}: {time}",
    "rounded_nearest": "gerundet auf den nächsten Schritt von {step}: {time}",
    "rounded_down": "abgerundet auf Schritte von {step}: {time}",
    "rounded_none": "nicht gerundet",
    "of_this_line": "Davon gehören {time} zum Satz dieser Zeile.",
    "minutes": "{count} min",
    "seconds": "{count} s",
    "per_hour": "{quantity} × {price} je Stunde = {amount}.",
    "product": "{quantity} × {price} = {amount}.",
    "multiplied": "{price} ({origin})",
    "multiplier": "× {factor} ({origin})",
    "origin_override": "für dieses Ticket von einer Person festgelegt",
    "origin_entry": "für diesen Zeiteintrag festgelegt",
    "origin_card": "Preisliste {name}",
    "origin_assignment": "Zuordnung {name}",
    "origin_contract": "Vertrag {name}",
    "origin_client": "Satz des Kunden",
    "origin_setting": "unser üblicher Satz",
    "fee_contract": "Pauschale je Ticket, wie im Vertrag vereinbart.",
    "fee_assignment": "Pauschale je Ticket, wie für den Ansprechpartner vereinbart.",
    "fee_pays": "Sie deckt die Zeiteinträge {names}.",
    "expense": "Auslage {name} vom {day}.",
    "charge": "Einmalige Leistung {name} vom {day}.",
    "recurring": "Wiederkehrende Leistung {name} aus Vertrag {contract}, {interval}, {timing} berechnet.",
    "period": "Für {first} bis {last}.",
    "monthly": "monatlich",
    "quarterly": "vierteljährlich",
    "yearly": "jährlich",
    "advance": "im Voraus",
    "arrears": "im Nachhinein",
    "whole_period": "Der ganze Zeitraum: {quantity} × {price} = {amount}.",
    "proration": "Von seinen {all} Tagen werden {days} taggenau berechnet: {amount}.",
}  # fmt: skip
PHRASES: Final[Mapping[Language, Mapping[str, str]]] = {"en": ENGLISH, "de": GERMAN}
