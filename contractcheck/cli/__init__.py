"""The command line: parse, call a workflow, print, return the exit code."""
