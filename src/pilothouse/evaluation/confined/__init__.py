"""What runs within the sandbox's process: it gives up its rights, then runs somebody's code.

Only the standard library is used here, so that a worker starts quickly and holds nothing of ours.
"""
