"""The report: pages, figures and the book; what is in here only shows."""
