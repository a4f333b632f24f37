"""`python -m serein.cli` is the serein command."""

from serein.cli import main

main()
