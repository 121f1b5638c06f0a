"""Values and functions on values: no disk, no network, no Qt, no torch."""
