"""The seam to where artifacts go."""
