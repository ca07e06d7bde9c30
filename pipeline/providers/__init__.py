"""The seam to an API: submit, poll, download. Foreign exceptions end here, as outcomes."""
