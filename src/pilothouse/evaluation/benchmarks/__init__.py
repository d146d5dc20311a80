"""Model benchmarks in their public row formats, scored as the reference harness scores them."""
