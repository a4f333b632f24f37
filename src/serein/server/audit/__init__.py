"""The log of who did and saw what: append-only, hash-chained, the lowest app."""
