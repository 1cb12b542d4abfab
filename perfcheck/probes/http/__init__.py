"""Questions to an HTTP API."""
