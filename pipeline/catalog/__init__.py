"""What providers and models are, as data (`providers/*.yaml`, `models/*.yaml`), and the checks that follow from it."""
