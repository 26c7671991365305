"""The SQLite file that holds the receivables: its schema, what comes in, and facts as of a date."""
