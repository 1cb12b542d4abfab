"""The only modules that import a driver: connect, ask, turn errors into ProbeError."""
