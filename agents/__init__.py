"""Policies and what trains them."""
