"""The bundled reference service: a reconciliation API with real servers beneath it."""
