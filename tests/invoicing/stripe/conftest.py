"""Tests against a real test account of Stripe exist only where its key is given."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("STRIPE_TEST_KEY") else ["test_real_account.py"]
