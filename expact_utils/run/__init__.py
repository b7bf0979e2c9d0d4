"""A run: its settings, its files, and what its results are traced by."""
