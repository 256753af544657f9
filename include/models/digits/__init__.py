"""Which digit did somebody write? See README.md."""
