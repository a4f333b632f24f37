"""The serein command."""
