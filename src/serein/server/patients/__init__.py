"""Patients and the table of facts."""
