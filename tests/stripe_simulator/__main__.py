"""The simulator as a process; events are delivered as they happen, until SIGTERM or Ctrl-C.

Secrets that are not given are those of STRIPE_WEBHOOK_SECRETS, so that nobody sees them among the arguments.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from tests.stripe_simulator import StripeSimulator

PAUSE_SECONDS = 0.3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the loopback interface; 0: a free one")
    parser.add_argument("--webhook", help="address that events are posted to")
    parser.add_argument("--secret", action="append", default=[], help="that signs events; may be repeated")
    parser.add_argument("--untidy", action="store_true", help="deliver events twice and in any order")
    parser.add_argument("--save-cards", action="store_true", help="new customers have a card that is saved")
    parser.add_argument("--state", type=Path, help="file that keeps everything from one start to the next")
    options = parser.parse_args(arguments)
    options.secret = options.secret or [one for one in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",") if one]
    if options.webhook and not options.secret:
        parser.error("--webhook needs --secret")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with StripeSimulator(port=options.port, search_lag_seconds=0) as sim:
        sim.world.saves_cards = options.save_cards
        if options.state:
            sim.world.remember(_remembered(options.state))
        if options.webhook:
            sim.webhook(options.webhook, options.secret)
        sys.stdout.write(json.dumps({"address": sim.address}) + "\n")
        sys.stdout.flush()
        while not ended.wait(PAUSE_SECONDS):
            sim.advance()
            how: dict[str, Any] = {"order": "shuffled", "duplicates": 1} if options.untidy else {}
            for done in sim.deliver(**how):
                sys.stdout.write(json.dumps({"event": done.event, "type": done.type, "status": done.status}) + "\n")
                sys.stdout.flush()
        if options.state:
            options.state.write_bytes(pickle.dumps(sim.world.memory()))
    return 0


def _remembered(state: Path) -> dict[str, Any]:
    """What an earlier start has kept; nothing, where there was none or another version of this wrote it."""
    try:
        memory = pickle.loads(state.read_bytes())  # noqa: S301 - what it wrote itself
    except (FileNotFoundError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        return {}
    return memory if isinstance(memory, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
