"""The reconciliation API: an ASGI app that keeps every promise of the performance guide."""

from perfcheck.reference.app.factory import create_app

__all__ = ["create_app"]
