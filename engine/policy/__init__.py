"""Text to typed policy: a document with lines becomes a Policy or the problems that stand in its way."""
