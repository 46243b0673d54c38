"""What is the test? Its rules in words, for everybody, generated from the programme files and the register of acts."""
