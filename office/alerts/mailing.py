"""Tell one address by mail what is wrong, and when it is over; through the outbox, so that nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

import config
from invoicing.mail.outbox import store
from invoicing.models import Heartbeat, Mail
from office.alerts.conditions import CONDITIONS, Alert, Condition
from office.alerts.gauges import SILENCE

BY: Final = "alerts"  # not "system", whose mail waits while automation is stopped
# Messages of one condition and day: on, over, on again and so on. Whatever flutters more is told the next day.
MOST: Final = 6
FROM_THE_GUIDE: Final = "docs/operations.md#{anchor}"


def plan_mails(alerts: Sequence[Alert], *, at: datetime) -> list[Mail]:
    """The messages that tell what is new and what is over; none without ALERT_EMAIL. Writes nothing."""
    mail = config.billing().mail
    if not mail.alerts_to:
        return []
    with translation.override(mail.alerts_in):
        return _planned(alerts, mail.alerts_to, at=at)


def _planned(alerts: Sequence[Alert], to: str, *, at: datetime) -> list[Mail]:
    wrong = {alert.name: alert for alert in alerts}
    today, last = _told(at)
    planned = []
    for one in CONDITIONS:
        told_as_wrong = last.get(one.name, 0) % 2 == 1
        if (told_as_wrong and one.name in today) if one.name in wrong else not told_as_wrong:
            continue
        number = _next(today.get(one.name, 0), odd=one.name in wrong)
        if number <= MOST:
            planned.append(_mail(one, wrong.get(one.name), number, to, at=at))
    return planned


def queue_mails(alerts: Sequence[Alert], *, at: datetime) -> int:
    """Put them into the outbox; answers how many."""
    planned = plan_mails(alerts, at=at)
    store(planned)
    return len(planned)


def mail_stands_still(*, at: datetime) -> bool:
    """Whether the worker that sends mail has not been heard of for too long: somebody else must send it."""
    return not Heartbeat.objects.filter(pk="mail", at__gte=at - SILENCE["mail"]).exists()


def _told(at: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """By condition, the last message of today, and the last of today or yesterday. Odd: it began; even: it was over."""
    days = [at.date(), at.date() - timedelta(days=1)]
    mails = Mail.objects.filter(Q(key__startswith=f"alert:{days[0]}:") | Q(key__startswith=f"alert:{days[1]}:"))
    today: dict[str, int] = {}
    before: dict[str, int] = {}
    for key in mails.values_list("key", flat=True):
        _alert, day, name, number = key.split(":")
        where = today if day == str(days[0]) else before
        where[name] = max(int(number), where.get(name, 0))
    return today, before | today


def _next(number: int, *, odd: bool) -> int:
    """The next number above, odd or even."""
    return number + 1 if ((number + 1) % 2 == 1) == odd else number + 2


def _mail(one: Condition, alert: Alert | None, number: int, to: str, *, at: datetime) -> Mail:
    what = alert.sentence if alert else str(one.sentence)
    subject = _("Billing: %(what)s") % {"what": what} if alert else _("Billing, over: %(what)s") % {"what": what}
    over = _("This is over.")
    since = _("Seen at %(at)s (UTC).") % {"at": f"{at:%Y-%m-%d %H:%M}"}
    guide = _("What to do: %(where)s") % {"where": FROM_THE_GUIDE.format(anchor=one.anchor)}
    return Mail(
        key=f"alert:{at.date()}:{one.name}:{number}", purpose=Mail.Purpose.ALERT, to=[to], subject=subject[:300],
        body=f"{what}\n\n{since}\n{guide}\n" if alert else f"{what}\n\n{over} {since}\n",
        queued_at=at, queued_by=BY, next_at=at,
    )  # fmt: skip
