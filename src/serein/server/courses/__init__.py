"""Courses of treatment and the adoption of content."""
