"""A Stripe to test against: stateful, over real HTTP, for the real SDK.

    with StripeSimulator() as sim:
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": sim.address})

As a process, with a page on which people pay: `python -m tests.stripe_simulator --port 12111 --webhook URL --secret S`
(`--help` names what else it does by itself).

**What it knows.** Customers with tax ids, tax rates, products, invoices with items and lines (amount, unit price times
quantity, tax as rates or as given amounts), finalise, send, pay, void, uncollectible, credit notes, refunds, disputes,
cards and bank debits, events. Objects have the shape of the SDK's pinned version; events also that of 2024-06-20
(`webhook(…, old_shape=True)`; `StripeSimulator(old_events=True)` for the list). Parameters are held against the SDK's
TypedDicts: what is unknown, missing or of a wrong type is answered with 400 and kept in `sim.refusals`.

**What it is strict about, because Stripe is.**

- A search finds nothing that is younger than a minute (`search_lag_seconds`); a list finds it at once.
- Lines are listed newest first, and only ten of them are within an invoice: read the others from `/lines`.
- `payments` of an invoice, `refunds` of a charge and `tax_ids` of a customer are there only if `expand` asks for them;
  so no invoice event has them, and a charge does not name its invoice: `/v1/invoice_payments` tells.
- Tax of a rate is rounded on each line. Tax given as amounts cannot be mixed with rates on one invoice.
- A wrong turn (finalise twice, void what is paid) is 400 *without a code*: look at the invoice, not at the message.
- A credit of the customer pays first, so `amount_due` may be less than `total`.
- A 500 of a request that was begun is what its key replays for 24 hours (`fail_next(…, remembered=False)`: not).
- Two invoices may have the same number. Drafts with `auto_advance` finalise themselves after an hour.
- Only test keys are known. Prices are not kept; discounts other than negative lines, subscriptions, previews and
  Stripe Tax do not exist here.

**Faults.** `sim.fail_next("POST /v1/invoices/{id}/finalize", how="drop", after_effect=True)` for the next request of a
route: "drop", "hang", 500, 409 or 429. The fault is returned: `.reached` is an event to wait for, `.release()` ends a
hang; one before its effect then takes effect late, and until then its key answers 409.

**Time.** The simulator's clock is the real one plus what `sim.advance(hours=…)` added. Keys, retries, dues, debits and
everything within objects follow it; signatures of events are made by the real clock (`deliver(signed_ago_seconds=…)`).

**Events.** Nothing is sent before `sim.deliver(order="shuffled", duplicates=2, connections=8)`; an endpoint is a URL or
a function of body and headers. What is not taken with 2xx is due again after 5 minutes, 30 minutes, 2, 5, 10 hours,
then every 12, for three days. `sim.emit` makes events that cannot happen; `sim.drop_pending()` is an outage.

**Others.** `sim.act("POST", "/v1/invoices/in_…/void")` is somebody in the dashboard; `customer_pays`, `decline_card`,
`settle`, `dispute`, `close_dispute` are customers and banks. `sim.objects("invoice", customer=…)`, `sim.lines`,
`sim.events`, `sim.requests`, `sim.calls(route)` are for assertions.
"""

from __future__ import annotations

from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.faults import Fault
from tests.stripe_simulator.simulator import StripeSimulator
from tests.stripe_simulator.webhooks import Delivery, Endpoint

__all__ = ["Delivery", "Endpoint", "Fault", "Refused", "StripeSimulator"]
