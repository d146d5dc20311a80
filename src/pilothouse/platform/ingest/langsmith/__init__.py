"""LangSmith's runs on their way in: multipart and JSON bodies, halves of runs, merged runs."""
