"""Structured SSA: values, operations, regions, types; their text form and verifier."""
