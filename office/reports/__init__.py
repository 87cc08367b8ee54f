"""Reports: what billing did, what failed, what waits, what is unbilled, the audit trail, and files to take away."""
