"""Default of credit card clients (UCI 350) as a monthly panel. See README.md."""
