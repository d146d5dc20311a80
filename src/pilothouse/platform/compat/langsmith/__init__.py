"""The LangSmith protocol: existing code works by changing one URL."""
