"""Pure rules over facts: no framework, no database, no clock, no network."""
