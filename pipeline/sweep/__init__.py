"""A `JobSpec` becomes cells and tasks (pure, lazy, deterministic): matrix, prompts, sizes, parameters."""
