"""The verb: a model, a protocol, a solver and what to keep become a Dataset."""
