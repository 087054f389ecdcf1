"""Several nodes: real processes on a real NATS cluster of three servers and a real database."""
