"""How fast billing is, as ratios to plain SQL that does the same in the same run."""
