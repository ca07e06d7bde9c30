"""`python -m pipeline` is `fluxsweep`."""

from pipeline.cli import main

main()
