"""Names on the cluster that several programs must agree on."""


def group_name(prefix: str, processor: str) -> str:
    """The consumer group of a processor, and the stem of its transactional ids."""
    return f"{prefix}stellwerk-{processor}"


def route_group(prefix: str) -> str:
    """The consumer group of the routing workers: its committed offsets say what is decided."""
    return group_name(prefix, "route")
