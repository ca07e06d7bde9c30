"""What has happened: lines, the fold of a task's events (`apply`), the journal that keeps them, and its lock."""
