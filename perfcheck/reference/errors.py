"""What can go wrong with the reference service."""


class ReferenceServiceError(Exception):
    """Tell why the reference service could not start or run; never holds a secret."""


class PortTakenError(ReferenceServiceError):
    """Tell that another process took the chosen port first; another port may do."""
