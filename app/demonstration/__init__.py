"""How does a demonstration installation fill itself, and how is it rehearsed?"""
