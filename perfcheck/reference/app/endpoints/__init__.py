"""The endpoints of the API, one a file."""
