"""A server that answers with the model an alias points to, in an image of its own; docs/serving.md."""
