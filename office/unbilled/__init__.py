"""What became of every billable unit: each is in exactly one bucket, with the reason."""
