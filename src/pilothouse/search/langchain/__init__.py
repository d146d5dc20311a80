"""Between our index and LangChain: its vector stores and retrievers, and folders of its FAISS."""
