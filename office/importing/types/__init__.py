"""One file for each type of import line."""
