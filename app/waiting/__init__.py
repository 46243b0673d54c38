"""Where does one wait for a place, and take the one that is offered?"""
