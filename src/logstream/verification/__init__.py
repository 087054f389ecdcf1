"""Verifying what is stored: `days` reads every line, `doubles` finds ids twice, `state` looks at the rest of a folder.

`verification` brings them together and `repair` mends what can be; both are told of in `findings`. Nothing is changed
without `repair`, and no journal line that can't be read is changed by it.
"""
