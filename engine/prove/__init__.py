"""Proof: what policies can and cannot do over all possible facts, with z3 (extra `prove`)."""
