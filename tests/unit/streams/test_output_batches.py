"""T9: a transaction's records as batches per partition."""

from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from workers.key_partition import partition_of_key
from workers.ports import OutRecord
from workers.streams.output_batches import pack, target

LIMIT = 1000


def _new_batch() -> BatchBuilder:
    return BatchBuilder(LIMIT, 0, is_transactional=1)


def _record(size_bytes: int, topic: str = "t") -> OutRecord:
    return OutRecord(topic, b"key", b"x" * size_bytes)


def test_the_partition_of_a_key_is_that_of_the_java_client() -> None:
    """Values of `Utils.murmur2` (Kafka's own test), as a positive number modulo the count."""
    assert (-973932308 & 0x7FFFFFFF) % 1000 == partition_of_key(b"21", 1000)
    assert (-790332482 & 0x7FFFFFFF) % 1000 == partition_of_key(b"foobar", 1000)


def test_a_record_goes_where_it_says_else_by_its_key_else_to_the_lane() -> None:
    """Never to a random partition."""
    assert TopicPartition("t", 3) == target(OutRecord("t", b"k", b"", partition=3), 4, 1)
    assert TopicPartition("t", partition_of_key(b"k", 4)) == target(OutRecord("t", b"k", b""), 4, 1)
    assert TopicPartition("t", 1) == target(OutRecord("t", None, b""), 4, 1)
    assert TopicPartition("t", 0) == target(OutRecord("t", None, b""), 1, 3)


def test_small_records_share_a_batch() -> None:
    """One request per partition."""
    packed = pack([_record(100), _record(100)], {"t": 1}, 0, _new_batch)
    assert [2] == [batch.record_count() for batch in packed[TopicPartition("t", 0)]]


def test_a_full_batch_is_followed_by_another_in_order() -> None:
    """No batch is larger than its limit."""
    packed = pack([_record(400)] * 5, {"t": 1}, 0, _new_batch)
    batches = packed[TopicPartition("t", 0)]
    assert [2, 2, 1] == [batch.record_count() for batch in batches]
    assert all(batch.size() <= LIMIT for batch in batches)


def test_a_record_larger_than_a_batch_has_one_of_its_own() -> None:
    """Between its neighbours."""
    packed = pack([_record(10), _record(5000), _record(10)], {"t": 1}, 0, _new_batch)
    assert [1, 1, 1] == [batch.record_count() for batch in packed[TopicPartition("t", 0)]]


def test_topics_have_batches_of_their_own() -> None:
    """And partitions."""
    packed = pack([_record(1, "t"), _record(1, "u")], {"t": 1, "u": 1}, 0, _new_batch)
    assert {TopicPartition("t", 0), TopicPartition("u", 0)} == packed.keys()
