"""What a monitoring system outside of Airflow hears, through Airflow's own metrics, where they are on."""
