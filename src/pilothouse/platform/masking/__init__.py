"""What a person needs to set up masking: the built-in rules, and a place to try own ones."""
