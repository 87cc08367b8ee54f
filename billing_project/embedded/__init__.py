"""The product's own PostgreSQL and Redis, and the processes that make up a running installation.

Only the standard library and the process's environment are used here: nothing imports Django settings, because what
this package starts decides what those settings will read. See `session.services` for the way in.
"""
