"""How a model is written down: readers and writers between text and Model, one folder a format."""
