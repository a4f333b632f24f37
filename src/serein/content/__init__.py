"""What clinicians write: TOML only, read by `serein.clinical.library` and by nothing else."""
