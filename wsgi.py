"""Where does a server find the application? ``wsgi:app``."""

from app import create_app
from config import Settings

app = create_app(Settings.from_environment())
