"""Rolls, sheets and activations."""
