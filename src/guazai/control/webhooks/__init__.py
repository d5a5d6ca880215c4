"""What happened, told to developers' servers."""
