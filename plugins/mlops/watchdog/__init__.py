"""What the watchdog asks: the source, the stores, MLflow and Airflow, one fact after the other."""
