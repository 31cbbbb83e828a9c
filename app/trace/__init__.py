"""Traceability: stamps, scans, batch stories, the resolver, printed sheets and recalls."""
