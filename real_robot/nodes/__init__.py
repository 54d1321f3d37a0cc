"""Processes of their own that speak a middleware; they are started as scripts and import no drivers."""
