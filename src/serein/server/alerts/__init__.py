"""What a named person must close."""
