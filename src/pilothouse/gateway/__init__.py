"""The gateway to models: OpenAI's routes in front of providers that speak OpenAI's HTTP.

It knows no server: keys, routes, prices and the way of spans come in as the Protocols of `needs`.
"""

from pilothouse.gateway.app import Gateway
from pilothouse.gateway.needs import Needs

__all__ = ["Gateway", "Needs"]
