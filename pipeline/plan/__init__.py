"""What happens next, why, and what it costs (pure)."""
