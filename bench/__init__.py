"""What the preview costs, beside the SQL that a person would write by hand for the same policy."""
