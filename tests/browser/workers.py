"""Real workers beside the web server of a story, started as an installation starts them; mail and Stripe are near."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from django.utils import timezone

from billing_project.queues import QUEUES
from invoicing.dispatch import send_on_commit
from invoicing.models import Heartbeat
from tests import smtp_server
from tests.invoicing.stripe.telling import SECRETS
from tests.processes import Broker, Processes, Started, becomes
from tests.smtp_server import Postbox
from tests.stripe_simulator import StripeSimulator
from tickets import tasks

# Messages of stories that have no workers lie in database 0, those of single tests with workers in 7.
DATABASE = 8
KEY = "sk_test_stories"
LOOKS, LOOK_SECONDS = 4, 0.05
EVERYBODY = "everybody@house.example"


@dataclass
class Workers:
    """Both workers, the mail server and the Stripe that they talk to. What they do is waited for, never done here."""

    running: list[Started]
    broker: Broker
    postbox: Postbox
    stripe: StripeSimulator

    def sweep(self) -> None:
        """Send what beat would send by itself in a few seconds, and wait until it is done."""
        begun = timezone.now()
        send_on_commit(tasks.sweep)
        self.wait(lambda: Heartbeat.objects.filter(pk="sweep", at__gt=begun).exists())

    def wait(self, is_so: Callable[[], object]) -> None:
        """Wait until it is so; fails with what the workers said."""
        assert becomes(is_so), "\n".join(worker.said() for worker in self.running)

    def finish(self) -> None:
        """Wait until nothing waits in a queue or is being done. A message on its way to a worker is in neither."""
        self.wait(lambda: all(self._are_idle() for _ in range(LOOKS)))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Have them take nothing as long as the block takes, as if each had other work."""
        self._tell(signal.SIGSTOP)
        try:
            yield
        finally:
            self._tell(signal.SIGCONT)

    def forget(self) -> None:
        """Throw away what an earlier story has left behind."""
        self.broker.client.delete(*QUEUES)
        self.postbox.taken.clear()

    def _are_idle(self) -> bool:
        time.sleep(LOOK_SECONDS)
        return not any(map(self.broker.waiting, QUEUES)) and not self.broker.client.hlen("unacked")

    def _tell(self, number: signal.Signals) -> None:
        for worker in self.running:
            os.killpg(worker.pid, number)


@contextmanager
def running(folder: Path, url: str) -> Iterator[Workers]:
    """Both workers of an installation that bills without a delay, on the broker at `url`, until the block ends."""
    client = redis.Redis.from_url(url)
    client.flushdb()
    with smtp_server.running() as postbox, StripeSimulator(search_lag_seconds=0) as stripe:
        environment = {
            "APP_ENV": "test", "DJANGO_SETTINGS_MODULE": "billing_project.settings", "REDIS_URL": url,
            "BILLING_DELAY_MINUTES": "0", "EMAIL_URL": f"smtp://{smtp_server.LOOPBACK}:{postbox.port}",
            "MAIL_REDIRECT_TO": EVERYBODY, "STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": stripe.address,
            "STRIPE_WEBHOOK_SECRETS": ",".join(SECRETS),
        }  # fmt: skip
        started = Processes(folder, environment)
        try:
            workers = [started.worker(of=name, wait=False) for name in ("worker", "worker-billing")]
            for worker in workers:
                assert becomes(ready(worker), within=60), worker.said()
            yield Workers(workers, Broker(url, client), postbox, stripe)
        finally:
            started.stop_all()
            client.flushdb()
            client.close()


def ready(worker: Started) -> Callable[[], bool]:
    """Whether it takes messages; fails where it ended."""

    def is_so() -> bool:
        assert worker.child.poll() is None, worker.said()
        return worker.is_ready()

    return is_so
