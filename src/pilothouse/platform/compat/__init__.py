"""Other people's protocols, translated into the services of the platform."""
