"""The application: rooms along the path of an applicant. Start at ``factory.py``."""

from app.factory import create_app

__all__ = ["create_app"]
