"""Who works behind the desk, who is invited, and when does a role end?"""
