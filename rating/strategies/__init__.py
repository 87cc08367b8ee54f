"""The ways to price a ticket. A new one is a file here and one line in `rating.registry`."""
