"""What may be asked, under which dated rules, and which paper a seed gives. Pure: standard library only."""
