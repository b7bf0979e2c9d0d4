"""Attribution: what each base of a sequence contributes to a network's output, and how well that meets the truth."""
