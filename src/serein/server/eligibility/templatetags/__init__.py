"""Words of the templates of eligibility."""
