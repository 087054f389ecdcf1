"""Protocols without requests: syslog, GELF, Fluent forward and JSON lines, over TCP, TLS and UDP.

Bytes become entries in `receivers/`; here are the listeners, and what bounds them: connections, memory and time. A
connection is read no faster than entries become durable; of datagrams what can't be kept is counted and told.
"""
