"""One verb, one file; what several verbs share is in `flow/`."""
