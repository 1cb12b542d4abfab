"""Break the reference service on purpose, and see which requirements notice."""
