"""Our request to write is aiokafka's, octet for octet."""

from aiokafka.protocol.produce import ProduceRequest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.kafka_produce_request import AllInSync

_BATCHES = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 2**31 - 1), st.lists(st.binary())), min_size=1),
)


@given(batches=_BATCHES, timeout_ms=st.integers(0, 2**31 - 1), latest=st.integers(3, 12))
def test_the_octets_are_those_of_aiokafkas_own_request(
    batches: dict[str, list[tuple[int, list[bytes]]]], timeout_ms: int, latest: int
) -> None:
    """Whatever version the broker knows, when its connection has put two things before them, one by one."""
    versions = {ProduceRequest.API_KEY: (0, latest)}
    joined = [
        (topic, [(partition, b"".join(parts)) for partition, parts in of_topic])
        for topic, of_topic in batches.items()
    ]
    plain = ProduceRequest(None, -1, timeout_ms, joined).prepare(versions)
    ours = AllInSync(batches, timeout_ms).prepare(versions)
    expected, found = b"header" + plain.encode(), b"header" + ours.encode()
    assert (plain.API_VERSION, len(expected), b"length" + expected) == (
        ours.API_VERSION,
        len(found),
        b"length" + found,
    )
    assert plain.RESPONSE_TYPE is ours.RESPONSE_TYPE
