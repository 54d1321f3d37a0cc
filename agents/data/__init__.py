"""Demonstrations on disk: recorded, written, checked, converted and read for training."""
