"""Do the migrations carry an installation, with its data, from nothing to today and back?"""
