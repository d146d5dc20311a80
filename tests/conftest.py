"""What every area's tests may ask for; the worlds themselves stand in modules of their own."""

pytest_plugins = ["databases", "servers"]
