"""Who sits which test, where and when?"""
