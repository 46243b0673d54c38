"""Is this sitting open, and what was answered in it?"""
