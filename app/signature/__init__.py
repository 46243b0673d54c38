"""How does a person sign in by their digital signature? A text to sign, once, and the pages for it."""
