"""From saved clients to questions about their VAT ids. What comes without a signal is found every day."""

from __future__ import annotations

from django.db.models.signals import post_save
from django.dispatch import receiver

import config
from contracts.models import Client
from invoicing import tasks
from invoicing.dispatch import send_on_commit
from invoicing.vat_checks import rests_on_vat_id


@receiver(post_save, sender=Client, dispatch_uid="invoicing.ask_about_vat_id")
def ask_about_vat_id(instance: Client, raw: bool, **_: object) -> None:
    """Have the register asked where documents to the client go without tax because of the VAT id."""
    if not raw and config.billing().vies_url and rests_on_vat_id(instance):
        send_on_commit(tasks.check_vat_ids, vat_id=instance.vat_id)
