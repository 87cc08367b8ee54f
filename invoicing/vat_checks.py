"""Which VAT ids are to be asked about, and asking: one row for each question, outside any transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery

import config
from contracts.models import Client
from invoicing.models import VatCheck
from invoicing.tax import treatments
from invoicing.vat_standing import ANSWERS
from invoicing.vies import ask
from rating.vat_territory import NORTHERN_IRELAND, PREFIXES, in_union, territory


def rests_on_vat_id(client: Client) -> bool:
    """Whether documents to this client go without tax only because of the client's VAT id."""
    try:
        both = treatments(client, config.billing())
    except ValueError:
        return False  # the drafts are held with that sentence
    return both.services.rests_on_vat_id or both.goods.rests_on_vat_id


def clients_resting() -> QuerySet[Client]:
    """Active clients whose documents may go without tax because of their VAT id, as `rests_on_vat_id` has it."""
    seller = config.billing().seller
    home = territory(seller.country)
    found = Client.objects.filter(active=True, tax_category="").exclude(vat_id="")
    if seller.small_business or not in_union(home, goods=True):
        return found.none()
    union = {country for country in PREFIXES if territory(country) != home}
    northern = Q(country=NORTHERN_IRELAND) | Q(country="GB", vat_id__startswith=NORTHERN_IRELAND)
    return found.filter(Q(country__in=union) | northern)


def to_ask(*, at: datetime) -> list[str]:
    """VAT ids without an answer that still counts, those that were never or least recently asked about first."""
    since = at - timedelta(days=config.billing().vies_days)
    of_client = VatCheck.objects.filter(vat_id=OuterRef("vat_id"))
    fresh = of_client.filter(outcome__in=ANSWERS, asked_at__gt=since)
    last = of_client.order_by("-asked_at").values("asked_at")[:1]
    stale = clients_resting().filter(~Exists(fresh)).annotate(last=Subquery(last))
    asked = stale.order_by().values("vat_id").annotate(last_asked=Max("last"))
    return [row["vat_id"] for row in asked.order_by(F("last_asked").asc(nulls_first=True), "vat_id")]


def ask_about(vat_ids: Iterable[str], *, at: datetime) -> Iterator[VatCheck]:
    """Ask about each id and keep the answer, one by one. Raises RuntimeError inside a transaction."""
    settings = config.billing()
    for vat_id in vat_ids:
        with transaction.atomic(durable=True):
            pass  # refused inside a transaction: nobody's locks wait for the register
        answer = ask(vat_id, requester=settings.seller.vat_id, url=settings.vies_url)
        yield VatCheck.objects.create(
            vat_id=vat_id, asked_at=at, outcome=answer.outcome, consultation_number=answer.consultation_number,
            name=answer.name, address=answer.address, problem=answer.problem,
        )  # fmt: skip
