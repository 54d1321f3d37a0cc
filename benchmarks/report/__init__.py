"""One self-contained page about a set of rows."""

from .page import Film, Section, build_page, write_page

__all__ = ["Film", "Section", "build_page", "write_page"]
