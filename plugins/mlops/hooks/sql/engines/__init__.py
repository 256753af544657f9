"""What is particular to a database: one file for each that can do more than PEP 249 says."""
