"""Pages inside Airflow's UI: which model serves, since when, what happened to it, and what comes next.

The API server answers them from Airflow's own metadata database: it knows neither MLflow nor a store, and
needs no connection. Tasks leave what the pages show in the asset state store of their model.
"""
