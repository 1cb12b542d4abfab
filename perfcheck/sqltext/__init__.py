"""Reading SQL: the statement gate and canonical expressions."""
