"""The dashboard: what was promised and what is reached."""
