"""Reading encoded bodies: what they decode to, and how they were made."""
