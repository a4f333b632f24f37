"""Import, backup and restore."""
