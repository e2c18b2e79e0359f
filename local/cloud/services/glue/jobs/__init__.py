"""Jobs of Glue, and their runs."""
