"""DNA: letters, matrices, motifs and the databases of them."""
