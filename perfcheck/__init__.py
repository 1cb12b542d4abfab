"""Makes a performance guide executable: specs verified against live systems."""

__version__ = "0.1.0"
