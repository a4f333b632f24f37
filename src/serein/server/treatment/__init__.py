"""The floor: chairs, sessions, orders, doses, release."""
