"""What scores say beyond their mean: intervals, tests, rankings, and how much data is enough.

SciPy computes the distributions; it comes with the extra `eval`.
"""

from importlib.util import find_spec

if find_spec("scipy") is None:
    raise ImportError("statistics need SciPy: pip install 'pilothouse[eval]'")
