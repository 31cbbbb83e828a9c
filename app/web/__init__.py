"""HTTP only: errors, filters, pagination, security headers, limits, uploads, assets."""
