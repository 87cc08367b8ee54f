"""A believable month of a managed service provider, as import files."""
