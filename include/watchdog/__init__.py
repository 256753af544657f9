"""What has not happened although it should have: rules about silence, and what the watchdog remembers."""
