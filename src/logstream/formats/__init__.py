"""The one place that knows formats: a line of text, or a JSON object of any logger, as what an entry says.

`reading` turns a line or an object into `Fields`, `multiline` puts lines together first, `wire` writes Fields as an
entry. Nothing here does I/O, and of the house only `entries` is known.
"""
