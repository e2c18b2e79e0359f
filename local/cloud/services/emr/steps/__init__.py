"""Steps of EMR's clusters."""
