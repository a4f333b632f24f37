"""What people touch: Django, one app per noun of the clinic."""
