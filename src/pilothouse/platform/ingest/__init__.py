"""Wire formats in, durable spans out."""
