"""Bytes of files, as git objects, index, folder or standard input hold them. Knows no format."""
