"""Mail: what goes to whom in which words, the outbox, and sending it."""
