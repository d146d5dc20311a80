"""How each kind of oracle row is answered by the library; one module an area."""
