"""Issued documents as bookkeeping programs import them."""
