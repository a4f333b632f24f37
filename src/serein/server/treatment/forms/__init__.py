"""The shape of what a nurse or prescriber typed; what it means is decided behind the door."""
