"""The fault campaign: the real services, the real broker and Valkey, and everything that can break them.

The generator, the reader and the checks share no code with the product: what they know of it is what clients
are told, and what DESIGN says about topics and JSON.
"""
