"""Whose digital signature is this? Signatures of the national certification authority, checked with open libraries."""
