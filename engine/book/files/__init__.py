"""What a file of business rows looks like: its kinds and fields, its cells, its rows."""
