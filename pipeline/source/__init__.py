"""YAML text with marks: a strict reader over libyaml's event stream, and problems with file, line and column."""
