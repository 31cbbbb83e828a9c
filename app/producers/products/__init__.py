"""Products, variants and photographs."""
