"""The register of a place: products, certificates, awards and withdrawals."""
