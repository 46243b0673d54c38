"""Which state bodies hire? Their names and numbers, for accounts to belong to."""
