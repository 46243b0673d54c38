"""Who did what to which thing, when? The log of consequential acts: it grows and never changes."""
