"""JSON Schemas as sets of values: normal form, containment, witness, edits. Knows nothing of OpenAPI."""
