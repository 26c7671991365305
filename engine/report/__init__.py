"""What people read: tables of the book and the text of a plan."""
