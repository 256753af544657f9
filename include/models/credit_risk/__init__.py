"""Will a credit card customer be two or more months late next month? See README.md."""
