"""Room: how good the cases of policies are. Runs them, writes what they expect, counts what they exercise, and plants faults."""
