"""DNA: its letters, motifs as matrices, and JASPAR's of them."""
