"""Putting the records of a file into the book's tables: what is new is added, what is the same is counted, the rest refused."""
