"""Example traces that `pilothouse up --demo` fills an empty server with.

Three applications of an outdoor-gear shop and of the planning service it uses, over the last three
days. All texts are ours. The same `now` gives the same traces, ids included.
"""

from pilothouse.platform.demo.generate import DEMO_PROJECT, demo_batches

__all__ = ["DEMO_PROJECT", "demo_batches"]
