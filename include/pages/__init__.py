"""What the pages in Airflow's UI show of a model: what tasks leave for them, and what follows from it."""
