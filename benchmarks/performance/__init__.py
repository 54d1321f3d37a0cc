"""Speed, as ratios to bare MuJoCo measured in the same run: `make bench`."""
