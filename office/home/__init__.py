"""The first page: what waits, for whom, and how well billing runs."""
