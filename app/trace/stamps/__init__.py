"""Stamp numbers, their codes and keys; rolls, activations, exceptions."""
