"""How does an applicant come by a place, and with what in hand do they come to the test?"""
