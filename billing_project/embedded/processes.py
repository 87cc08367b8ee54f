"""The processes of a running installation: one list, for `up` and for the containers."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "billing_project"
CELERY = ("celery", "--quiet", "--app", PROJECT)


@dataclass(frozen=True)
class Process:
    """One process: `python -m` followed by `module`, with the environment's PROCESS set to `kind`."""

    name: str
    kind: str
    module: tuple[str, ...]


def processes(*, bind: str, beat_schedule: str) -> tuple[Process, ...]:
    """Web server, the two workers and the clock. `bind` is HOST:PORT, `beat_schedule` the file that beat keeps.

    Billing has a worker of its own, so that a long aggregate never keeps a closed ticket waiting.
    """
    return (
        Process("web", "web", _web(bind)),
        Process("worker", "gateway", _worker("worker", "celery,gateway")),
        Process("worker-billing", "billing", _worker("worker-billing", "billing")),
        Process("beat", "beat", (*CELERY, "beat", "--schedule", beat_schedule, "--pidfile", "")),
    )


def _web(bind: str) -> tuple[str, ...]:
    return (
        "gunicorn", f"{PROJECT}.wsgi:application", "--config", f"python:{PROJECT}.web_server", "--bind", bind,
        "--worker-class", "gthread",
        "--workers", "2", "--threads", "8", "--no-control-socket", "--graceful-timeout", "20",
    )  # fmt: skip


def _worker(name: str, queues: str) -> tuple[str, ...]:
    return (
        *CELERY, "worker", "--queues", queues, "--hostname", f"{name}@%h",
        "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    )  # fmt: skip
