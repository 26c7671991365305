"""Policy x facts to decision: findings, classes, durable-rules, and the ladder."""
