"""Painters: a `Picture` becomes encoded bytes, the same pixels for the same request."""
