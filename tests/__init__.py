"""The test suite of s2s."""
