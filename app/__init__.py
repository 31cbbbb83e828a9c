"""Nguồn: marketplace and traceability for Vietnam's OCOP goods."""
