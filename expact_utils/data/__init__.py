"""Data: sequences and labels, from files, from elsewhere or simulated."""
