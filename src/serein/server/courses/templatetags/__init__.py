"""Words of the templates of courses."""
