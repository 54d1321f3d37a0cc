"""One self-contained page about a set of rows."""

from .page import Section, build_page, write_page

__all__ = ["Section", "build_page", "write_page"]
