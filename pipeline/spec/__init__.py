"""A job file, and every file that it names, becomes a `JobSpec`."""
