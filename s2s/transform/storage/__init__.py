"""Storage planning, in parts: what memory holds, what each value costs, its fate, and the writing."""
