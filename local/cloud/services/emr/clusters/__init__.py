"""Clusters of EMR."""
