"""Which questions does a booking get, and can the draw be re-checked?"""
