"""Stamps as printable sheets, every symbol read back."""
