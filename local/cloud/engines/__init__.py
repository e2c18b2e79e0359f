"""What does the work of more than one service."""
