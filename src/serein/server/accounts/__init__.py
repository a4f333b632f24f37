"""Users, clinics, roles, sign-in."""
