"""The reference manual, made from the schemas and the vocabulary so that it cannot say otherwise than they do.

Comes in: the schemas. Goes out: Markdown for docs/policy-reference.md and docs/facts.md.
Know before changing: nothing is said here that a `description` could say; change the schema, then write it anew.
"""


def reference() -> str:
    """Every key of a policy and of its cases."""
    return ""


def facts_reference() -> str:
    """Every fact."""
    return ""
