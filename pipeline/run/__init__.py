"""The loop: it performs `next_step`, records what came of it, and paces, bounds and stops itself."""
