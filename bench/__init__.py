"""What Serein costs, each figure beside a ceiling measured in the same run.

`make bench` runs every script here and writes `results.md`. One alone: `python -m bench.vitals`.
"""
