"""Reports: what runs found, as one HTML file that needs nothing else."""
