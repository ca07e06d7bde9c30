"""Two pictures, or two jobs, side by side: blind votes, what they say, and what differs."""
