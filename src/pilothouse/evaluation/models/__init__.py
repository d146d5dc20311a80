"""The models that judges and targets ask: endpoints, LangChain objects, functions."""
