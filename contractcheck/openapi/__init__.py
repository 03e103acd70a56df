"""Contracts: recognise, load, resolve, normalise, match, compare."""
