"""Owns the placing of a cut-out on a canvas (placeholder until its owner's file lands)."""
