"""Makes examples by a model, and has people look at them before they are used."""

from pilothouse.evaluation.data.synthetic.candidates import Generated
from pilothouse.evaluation.data.synthetic.documents import Document, documents_of
from pilothouse.evaluation.data.synthetic.questions import agenerate, generate
from pilothouse.evaluation.data.synthetic.review import Review, Reviewed
from pilothouse.evaluation.data.synthetic.variants import KINDS, avary, vary

__all__ = [
    "KINDS",
    "Document",
    "Generated",
    "Review",
    "Reviewed",
    "agenerate",
    "avary",
    "documents_of",
    "generate",
    "vary",
]
