"""Checks of the database sections."""
