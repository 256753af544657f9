"""What tasks leave for the pages in Airflow's UI, in the asset state store of their model."""
