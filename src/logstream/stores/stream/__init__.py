"""The journal as a JetStream stream: what several servers accept, in one order, replicated and durable.

A node keeps nothing: every batch goes into the stream, every node hands on what comes out of it, and one of them at a
time fills a store from it, in which all search. Knows neither that store nor the web.
"""
