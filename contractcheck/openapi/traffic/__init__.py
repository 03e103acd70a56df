"""Recorded traffic: read as a stream, replayed against both contracts, told without its secrets."""
