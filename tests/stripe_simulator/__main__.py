"""The simulator as a process; events are delivered as they happen, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from tests.stripe_simulator import StripeSimulator

PAUSE_SECONDS = 0.3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the loopback interface; 0: a free one")
    parser.add_argument("--webhook", help="address that events are posted to")
    parser.add_argument("--secret", action="append", default=[], help="that signs events; may be repeated")
    options = parser.parse_args(arguments)
    if options.webhook and not options.secret:
        parser.error("--webhook needs --secret")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with StripeSimulator(port=options.port, search_lag_seconds=0) as sim:
        if options.webhook:
            sim.webhook(options.webhook, options.secret)
        sys.stdout.write(json.dumps({"address": sim.address}) + "\n")
        sys.stdout.flush()
        while not ended.wait(PAUSE_SECONDS):
            sim.advance()
            for done in sim.deliver():
                sys.stdout.write(json.dumps({"event": done.event, "type": done.type, "status": done.status}) + "\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
