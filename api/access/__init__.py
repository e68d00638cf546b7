"""Who may ask for what: roles, keys, tokens, rates."""
