"""Serein: the open system on which a clinic gives ketamine and esketamine."""

__version__ = "0.1.0"
