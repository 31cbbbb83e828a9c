"""The producer's staff."""
