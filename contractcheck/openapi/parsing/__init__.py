"""Bytes of a YAML or JSON file become one value; every module beside this one does one part of it."""

from contractcheck.openapi.parsing.parse import Flaw, Parsed, is_json, parse

__all__ = ["Flaw", "Parsed", "is_json", "parse"]
