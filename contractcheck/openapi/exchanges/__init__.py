"""Whole HTTP exchanges: made as witnesses of findings, and judged by openapi-core under one contract."""
