"""What every room stands on: time, chance, errors, ids. Pure: standard library only."""
