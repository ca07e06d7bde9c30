"""From what was typed to what happens: opening a job, finding its endpoint, asking, running, showing."""
