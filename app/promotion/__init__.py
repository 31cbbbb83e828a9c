"""Fairs and showcases."""
