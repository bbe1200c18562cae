"""What the compiler did, and why: text, JSON, HTML."""
