"""Drivers of real robots; vendors' packages are imported when a driver connects, not before."""
