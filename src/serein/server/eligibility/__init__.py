"""Who may be treated, by which set of criteria, and what is still to be found out."""
