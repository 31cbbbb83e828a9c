"""The listing and the products for programs: /api/v1."""
