"""Who sits under special conditions than everybody else, and who has decided so?"""
