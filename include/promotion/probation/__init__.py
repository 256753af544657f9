"""Probation: what a promotion delivered, against the version it displaced, and what follows from it."""
