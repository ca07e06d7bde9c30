"""What is asked for: one request, fully determined, and the key that names it for ever."""
