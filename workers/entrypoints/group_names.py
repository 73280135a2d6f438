"""Names on the cluster that several programs must agree on."""


def route_group(prefix: str) -> str:
    """The consumer group of the routing workers: its committed offsets say what is decided."""
    return f"{prefix}stellwerk-route"
