"""What a shell is told when Tab is pressed; by argcomplete, where that is installed."""

from __future__ import annotations

import argparse
import os
import sys


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, and end, if it is the shell that asks."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        sys.exit("without argcomplete nothing is completed: pip install 'facedoor[completion]'")
    argcomplete.autocomplete(parser)
