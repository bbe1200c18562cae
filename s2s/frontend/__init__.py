"""Python source to structured SSA."""
