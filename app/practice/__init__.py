"""How does anybody practise, without an account and without a trace?"""
