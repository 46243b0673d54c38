"""What follows from what? Steps that touch more than one room."""
