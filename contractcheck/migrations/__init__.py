"""Migrations: recognise and read trees, replay them on a catalog, predict effects and reversibility."""
