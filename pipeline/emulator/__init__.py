"""The Flux API itself, as a program of its own on loopback: what it accepts, what becomes of it, what it bills."""
