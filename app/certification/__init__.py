"""Certificates as dated facts, dossiers, rule sets, published figures; the standing that follows from them."""
