"""Import JSON Lines: read, stage, check in sets, store."""
