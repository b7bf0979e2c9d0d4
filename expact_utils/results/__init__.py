"""Results: tables, baselines and claims."""
