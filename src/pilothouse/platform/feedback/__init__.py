"""Feedback as clients of LangSmith give it: settings of keys, links to give it by, waiting."""
