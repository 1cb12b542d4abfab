"""Checks of the HTTP sections."""
