"""What every area's tests may ask for; the worlds themselves stand in modules of their own."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["databases", "servers"]

# A slow machine is no failure: examples are bounded by their number alone.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")
