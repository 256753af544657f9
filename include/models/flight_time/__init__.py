"""How many minutes will a flight be in the air? See README.md."""
