"""Which pages let people ask for other conditions, and administrators decide?"""
