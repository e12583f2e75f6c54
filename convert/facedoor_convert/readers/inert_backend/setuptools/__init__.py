"""A stand-in that pip finds instead of setuptools while it fetches a source archive."""
