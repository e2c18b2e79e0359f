"""Executions of notebooks on EMR's clusters."""
