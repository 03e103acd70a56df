"""`python -m contractcheck`."""

from contractcheck.cli.start import run

run()
