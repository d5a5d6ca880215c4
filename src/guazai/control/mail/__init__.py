"""What happened, told by mail."""
