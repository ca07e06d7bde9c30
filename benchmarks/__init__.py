"""The measurements: `python -m benchmarks` prints one table, as ratios taken in one run against the emulator."""
