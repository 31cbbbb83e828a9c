"""Batches, their stock and their stamps."""
