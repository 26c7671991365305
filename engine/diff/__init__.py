"""What a change of a policy changes: in words, and for the book."""
