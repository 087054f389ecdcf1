"""What an entry is made of: its fields, ids, timestamps and JSON text. Every package may import it; it imports none."""
