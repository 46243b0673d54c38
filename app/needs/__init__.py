"""Which pages let people ask for special conditions, and administrators decide?"""
