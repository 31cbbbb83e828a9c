"""Producers, products, variants, media, publishing; search."""
