"""Decision to effect: plan, apply, ledger, outbox."""
