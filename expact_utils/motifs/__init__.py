"""Motifs: what a network's filters learned, and what they resemble."""
