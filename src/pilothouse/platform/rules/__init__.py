"""Online evaluation: rules by which evaluators judge what comes in, and what came before."""
