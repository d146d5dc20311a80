"""Answers of a model from what an index finds, each sentence with the passages that it rests on."""

from pilothouse.search.answering.answerer import Answer, Answerer, Delta
from pilothouse.search.answering.citations import Sentence

__all__ = ["Answer", "Answerer", "Delta", "Sentence"]
