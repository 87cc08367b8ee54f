"""What a client owes besides tickets: recurring charges of contracts, and single charges."""
