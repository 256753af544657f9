"""Six weeks of flights, day by day: the data of the example ``flight_time``."""
