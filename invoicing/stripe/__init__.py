"""Stripe: documents go out by an outbox of rows, what happens there comes in as events, and the books stay ours."""
