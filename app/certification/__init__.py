"""Certificates as dated facts, dossiers, rule sets, published figures; the one answer to what standing goods have."""
