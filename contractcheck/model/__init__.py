"""The words every layer shares: places, proofs, rules, findings, reports. Standard library only."""
