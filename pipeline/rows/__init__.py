"""The manifest as people read it: one row a cell, and the counts and sums of a whole job (pure)."""
