"""The library of evaluators: what is asked of spans, traces, sessions and experiment rows."""
