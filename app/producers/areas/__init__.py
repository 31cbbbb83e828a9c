"""Raw-material areas."""
