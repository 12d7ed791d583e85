"""Runs as files that other tools read; see docs/exports.md."""
