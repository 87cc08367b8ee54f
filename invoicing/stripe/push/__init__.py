"""The steps by which a document gets to Stripe and follows ours there: one file each, and a registry."""
