"""Twelve weeks of written digits: the data of the example ``digits``."""
