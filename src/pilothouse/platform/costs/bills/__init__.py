"""What providers bill: their usage and cost exports, read into one form."""

from pilothouse.platform.costs.bills.models import Bill, Billed, Provider, model_key
from pilothouse.platform.costs.bills.reading import read_bill

__all__ = ["Bill", "Billed", "Provider", "model_key", "read_bill"]
