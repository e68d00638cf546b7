"""Keeping a fitted model: saved with a checksum, loaded only when it is whole."""
