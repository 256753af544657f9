"""A model is a folder: its ``model.yaml``, data contract and estimator, loaded and validated."""
