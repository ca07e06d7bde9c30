"""fluxsweep: one YAML job file in, a trusted set of images out. `DESIGN.md` beside this file is the map."""

__version__ = "0.1.0"
