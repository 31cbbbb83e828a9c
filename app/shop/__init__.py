"""Listing, cart, checkout, orders."""
