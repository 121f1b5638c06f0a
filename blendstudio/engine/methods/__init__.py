"""One file per method; nothing imports them by name."""
