"""How is a thing made for a test? One module per room, reached through its fixtures (``make_<thing>``).

Every module of this folder is loaded as a pytest plugin by ``tests/conftest.py``.
"""
