"""The stream's own rules, without servers."""
