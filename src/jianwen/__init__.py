"""Jianwen (见闻): reads a venue's documents, remembers them, and answers with a citation for every claim.

Importing this package is cheap: heavy libraries load only in the rooms that need them, when they need them.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
