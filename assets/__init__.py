"""Models and other files that are not code; each folder has a README with source and licence."""
