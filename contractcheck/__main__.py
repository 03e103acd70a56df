"""`python -m contractcheck`."""

from contractcheck.cli.start import main

main()
