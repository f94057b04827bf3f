"""What an export refuses."""


class ExportError(ValueError):
    """A model that cannot be written faithfully; the message says why and what to do."""
