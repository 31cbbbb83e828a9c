"""The journal of scans, what counts as one, and the reports folded from it."""
