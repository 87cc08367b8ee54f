"""The promises of billing, checked against what is stored. A check is one entry in the module of its subject."""
