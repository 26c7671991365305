"""What policies would have done to a book day by day, and what they would do in the days to come."""
