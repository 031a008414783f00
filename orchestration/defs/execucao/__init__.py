"""Running: jobs, and how their steps run."""
