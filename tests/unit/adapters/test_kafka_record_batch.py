"""Our batches of records are aiokafka's, octet for octet."""

from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.kafka_record_batch import RecordBatch, varint
from workers.ports import OutRecord

HEADERS = st.lists(st.tuples(st.text(max_size=10), st.binary(max_size=200)), max_size=12).map(tuple)
RECORDS = st.builds(
    OutRecord,
    st.just("t"),
    st.none() | st.binary(max_size=100),
    st.none() | st.binary(max_size=9000),
    HEADERS,
)
NUMBERS = st.tuples(st.integers(-1, 2**63 - 1), st.integers(-1, 2**15 - 1), st.integers(-1, 2**31 - 1))


@given(
    records=st.lists(RECORDS, min_size=1, max_size=80),
    timestamp_ms=st.integers(0, 2**48),
    limit_bytes=st.integers(1, 30_000),
    numbers=NUMBERS,
)
def test_a_batch_takes_what_aiokafkas_takes_and_has_the_same_octets(
    records: list[OutRecord], timestamp_ms: int, limit_bytes: int, numbers: tuple[int, int, int]
) -> None:
    """Keys, values, headers, what is null, lengths of one octet and of several, numbers, sum, and the bound."""
    theirs, ours = BatchBuilder(limit_bytes, 0), RecordBatch(timestamp_ms, limit_bytes)
    for record in records:
        added = theirs.append(
            timestamp=timestamp_ms, key=record.key, value=record.value, headers=list(record.headers)
        )
        assert (added is not None) == ours.takes(record)
        if added is None:
            break
    theirs._set_producer_state(*numbers)
    assert (theirs.record_count(), theirs.size()) == (ours.count, ours.size_bytes)
    assert theirs._build() == b"".join(ours.parts(*numbers))


def test_a_batch_is_full_where_aiokafkas_is() -> None:
    """At each bound around the size of three records, the bound itself among them."""
    record = OutRecord("t", b"key", b"x" * 20, (("name", b"value"),))
    for limit_bytes in range(1, 300):
        theirs, ours = BatchBuilder(limit_bytes, 0), RecordBatch(0, limit_bytes)
        added = [
            theirs.append(timestamp=0, key=record.key, value=record.value, headers=list(record.headers))
            for _ in range(3)
        ]
        assert [each is not None for each in added] == [ours.takes(record) for _ in range(3)], limit_bytes


@given(st.integers(0, 2**31 - 1))
def test_a_length_is_written_in_groups_of_seven_bits_with_the_lowest_first(number: int) -> None:
    """Twice the number, for the lowest bit is the sign (Protocol Buffers' "zigzag")."""
    octets = varint(number)
    assert all(octet & 0x80 for octet in octets[:-1])
    assert not octets[-1] & 0x80
    assert 2 * number == sum((octet & 0x7F) << 7 * place for place, octet in enumerate(octets))
