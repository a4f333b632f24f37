"""One session as it can be printed: the chart, the record, and what goes home."""
