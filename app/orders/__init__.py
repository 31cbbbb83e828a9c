"""Carts, orders and what becomes of them."""
