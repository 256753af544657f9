"""Gather what is recorded of a version: to make it again, and for its model card."""
