"""Who sits under other conditions than everybody else, and who has decided so?"""
