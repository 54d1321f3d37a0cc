"""Training stages of GR-RL: cloning, progress, steering; each resumable to the same weights."""
