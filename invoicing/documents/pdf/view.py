"""What is printed where: the texts of a document, ready to be placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from invoicing.documents.content import ContentLine, ContentTax, DocumentContent
from invoicing.documents.pdf.annex import annex_of
from invoicing.documents.pdf.characters import one_line, printable
from invoicing.documents.pdf.grouping import groups_of
from invoicing.documents.pdf.speech import Speech

View = dict[str, Any]
Pair = tuple[str, str]
OUTSIDE: Final = "O"
FOOTER_WIDTH: Final = 36  # characters of a column, about
MOST_TAGGED: Final = 1000
UNTAXED: Final = frozenset({"Z", "E", "AE", "G", "K"})


def view_of(content: DocumentContent, *, colour: str, logo: str) -> View:
    """All texts of the document, by their place in the template; `logo` is its address there, "" for none."""
    speech = Speech(content.language, content.currency)
    seller = {name: one_line(str(value)) for name, value in content.seller.items()}
    name = f"{speech.say(content.kind)} {content.number}"
    footer, annex = _footer(seller, speech), annex_of(content, speech)
    taxes = {(line.tax_category, line.tax_rate) for line in content.lines}
    several = len(taxes) > 1
    return {
        "language": content.language,
        "region": "DE" if content.language == "de" else "GB",
        "colour": colour,
        "logo": logo,
        "title": one_line(name),
        "author": seller["name"],
        "sender-name": seller["name"],
        "sender": " · ".join(filter(None, (seller["name"], seller["line1"], seller.get("line2"), _town(seller)))),
        "recipient": _recipient(content, speech),
        "facts": [pair for pair in _facts(content, speech, annexed=bool(annex["annex"])) if pair[1]],
        "opening": list(_opening(content, speech)),
        "columns": _columns(speech, several=several),
        "groups": [
            {
                "title": one_line(group.title),
                "subtotal-label": speech.say("group_sum", group=one_line(group.title)),
                "subtotal": speech.amount(group.cents) if group.title and len(group.lines) > 1 else "",
                "rows": [_row(line, speech, several=several) for line in group.lines],
            }
            for group in groups_of(content, speech)
        ],
        "tagged": len(content.lines) <= MOST_TAGGED,
        "sums": list(_sums(content, speech)),
        "notes": list(dict.fromkeys(printable(tax.reason) for tax in content.taxes if tax.reason)),
        "payment": list(_payment(content, speech)),
        "account": _account(content, seller, speech),
        "footer": footer,
        "footer-lines": max(sum(-(-len(text) // FOOTER_WIDTH) for text in column) for column in footer),
        "page-of": speech.say("page", page="{page}", pages="{pages}"),
        "annex-title": speech.say("annex"),
        **annex,
    }


def _recipient(content: DocumentContent, speech: Speech) -> list[str]:
    buyer = content.buyer
    abroad = buyer.get("country", "") != content.seller.get("country", "")
    lines = [buyer.get("name"), buyer.get("line1"), buyer.get("line2"), _town(buyer)]
    shown = [one_line(str(line)) for line in lines if line]
    return [*shown, speech.country(buyer["country"])] if abroad and buyer.get("country") else shown


def _town(party: Mapping[str, Any]) -> str:
    return f"{party.get('postcode', '')} {party.get('city', '')}".strip()


def _facts(content: DocumentContent, speech: Speech, *, annexed: bool) -> Iterable[Pair]:
    yield speech.say("number"), one_line(content.number)
    yield speech.say("date"), speech.day(content.issue_on)
    if content.period_start and content.period_end:
        yield speech.say("period"), speech.period(content.period_start, content.period_end)
    elif annexed:
        yield speech.say("period"), speech.say("see_annex")
    if not content.corrects and content.total_cents > 0:
        yield speech.say("due"), speech.day(content.due_on)
    if content.cancels_number:
        yield speech.say("of_document"), one_line(content.cancels_number)
    yield speech.say("customer"), one_line(str(content.buyer.get("id", "")))
    yield speech.say("their_vat_id"), one_line(str(content.buyer.get("vat_id", "")))
    yield speech.say("leitweg_id"), one_line(str(content.buyer.get("leitweg_id", "")))


def _opening(content: DocumentContent, speech: Speech) -> Iterable[str]:
    if not content.corrects:
        return
    dated = speech.day(content.cancels_issue_on) if content.cancels_issue_on else ""
    sentence = "cancels" if content.kind == "cancellation" else "credits"
    yield speech.say(sentence, number=one_line(content.cancels_number), date=dated)
    if content.reason:
        yield speech.say("reason", reason=printable(content.reason))


def _columns(speech: Speech, *, several: bool) -> list[View]:
    """`several`: lines are taxed differently, so that each says how."""
    names = ["position", "what", "quantity", "price", *(["tax_rate"] if several else [])]
    labels = [*(speech.say(name) for name in names), speech.say("amount", currency=speech.currency)]
    return [{"label": label, "wide": place == 1, "right": place > 1} for place, label in enumerate(labels)]


def _row(line: ContentLine, speech: Speech, *, several: bool) -> list[str]:
    return [
        str(line.position),
        printable(line.description),
        speech.quantity(line.quantity, line.unit, line.price_per),
        speech.price(line.unit_price, line.unit, line.price_per),
        *([f"{speech.number(line.tax_rate)} %"] if several else []),
        speech.amount(line.amount_cents),
    ]


def _sums(content: DocumentContent, speech: Speech) -> Iterable[View]:
    def row(label: str, cents: int, *, strong: bool = False) -> View:
        amount = speech.money(cents) if strong else speech.amount(cents)
        return {"label": label, "amount": amount, "strong": strong}

    if content.discount_cents:
        yield row(speech.say("subtotal"), content.subtotal_cents)
        named = sum(one.amount_cents for one in content.discounts)
        for one in content.discounts:
            yield row(speech.say("discount", reason=one_line(one.reason)), -one.amount_cents)
        if content.discount_cents != named:
            yield row(speech.say("discount_share"), named - content.discount_cents)
    yield row(speech.say("net"), content.subtotal_cents - content.discount_cents)
    for tax in content.taxes:
        yield row(_tax_label(tax, speech), tax.tax_cents)
    yield row(speech.say("total"), content.total_cents, strong=True)


def _tax_label(tax: ContentTax, speech: Speech) -> str:
    taxable = speech.amount(tax.taxable_cents)
    if tax.category == OUTSIDE:
        return speech.say("outside", taxable=taxable)
    if tax.category in UNTAXED:
        return speech.say("untaxed", taxable=taxable)
    return speech.say("tax", rate=speech.number(tax.rate), taxable=taxable)


def _payment(content: DocumentContent, speech: Speech) -> Iterable[str]:
    if content.corrects:
        if content.kind == "cancellation":
            yield speech.say("nothing")
        else:
            yield speech.say("taken_back", number=one_line(content.cancels_number))
    elif content.total_cents <= 0:
        yield speech.say("nothing")
    else:
        how = "pay" if content.seller.get("iban") else "pay_somehow"
        yield speech.say(how, total=speech.money(content.total_cents), due=speech.day(content.due_on))


def _account(content: DocumentContent, seller: Mapping[str, str], speech: Speech) -> list[Pair]:
    if content.corrects or content.total_cents <= 0 or not seller.get("iban"):
        return []
    pairs = (
        (speech.say("account_holder"), seller["name"]),
        ("IBAN", spaced(seller["iban"])),
        ("BIC", seller.get("bic", "")),
        (speech.say("bank"), seller.get("bank", "")),
        (speech.say("purpose"), one_line(content.number)),
    )
    return [pair for pair in pairs if pair[1]]


def spaced(iban: str) -> str:
    """An IBAN in groups of four, as people read it."""
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))


def _footer(seller: Mapping[str, str], speech: Speech) -> list[list[str]]:
    """Columns of legal data; what the seller has not is left out."""

    def told(word: str, name: str) -> str:
        return speech.say(word, value=seller[name]) if seller.get(name) else ""

    columns: Sequence[Sequence[str]] = (
        (seller["name"], seller["line1"], seller.get("line2", ""), _town(seller)),
        (told("phone", "phone"), seller.get("email", "")),
        (seller.get("register", ""), told("director", "managing_director"), told("vat_id", "vat_id"),
         told("tax_number", "tax_number")),
        (seller.get("bank", ""), spaced(seller.get("iban", "")), seller.get("bic", "")),
    )  # fmt: skip
    return [kept for column in columns if (kept := [text for text in column if text])]
