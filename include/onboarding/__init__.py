"""From a table to a model folder: look at the data, decide, try a default model, write the folder."""
