"""Networks: how they are built, trained and scored; what is in here decides their weights."""
