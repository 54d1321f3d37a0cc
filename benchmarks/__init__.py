"""Evaluation: episodes to rows, rows to statistics, tables and pages."""
