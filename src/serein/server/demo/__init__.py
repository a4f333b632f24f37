"""The invented clinic that shows and tests everything."""
