"""One transactional producer, from init to drop. After any error it is dropped, never used again (T5)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata

from workers.ports import OutRecord
from workers.streams.bounded import bounded
from workers.streams.client_options import producer_options
from workers.streams.closing import close_within
from workers.streams.config import Transacting
from workers.streams.faults import BrokenContractError
from workers.streams.output_batches import OutputBatches, pack
from workers.streams.positions import positions_record
from workers.streams.starting import started

Offsets = Mapping[TopicPartition, int]
PROOF_HEADER = "stellwerk-transaction"


class LaneProducer:
    """The producer of one lane. `open` fences every earlier one and finishes or aborts what it left open.

    `proof` is the id of the last committed transaction that wrote the view's topic (see `missing_marker`): each
    transaction commits it with its offsets, so set it to what the committed offsets carry, before the first one.
    """

    def __init__(self, config: Transacting, partition: int) -> None:
        self._config = config
        self._partition = partition
        self._view_topic = config.view_topic
        self._bound = config.timing.transaction
        self._counts: dict[str, int] = {}
        self._transactions = 0
        self.proof = ""
        options = producer_options(config, f"{config.transactional_id}-{partition}")
        self._producer = AIOKafkaProducer(**options)

    @classmethod
    async def open(cls, config: Transacting, partition: int) -> Self:
        """Raises `Disturbed` where the broker or the transaction's coordinator is not there in time."""
        lane_producer = cls(config, partition)
        try:
            await started("init of the producer", config.timing.request, lane_producer._producer.start())
        except BaseException:
            await lane_producer.drop()
            raise
        return lane_producer

    async def transact(self, outputs: Sequence[OutRecord], offsets: Offsets) -> Offsets:
        """Write the outputs and the offsets, or neither. Returns the next offset of each partition written to.

        After an exception the outcome is unknown (a commit may have come through): drop this producer.
        """
        if self._view_topic is not None:
            outputs = [*outputs, positions_record(self._view_topic, self._partition, offsets)]
        for topic in {record.topic for record in outputs} - self._counts.keys():
            found = self._producer.partitions_for(topic)
            self._counts[topic] = len(await bounded(f"metadata of {topic}", self._bound, found))
        proof = self.proof
        if any(record.topic == self._view_topic for record in outputs):
            proof = self._new_proof()
            outputs = [self._stamped(record, proof) for record in outputs]
        batches = pack(outputs, self._counts, self._partition, self._producer.create_batch)
        self._refuse_foreign_view(batches)
        await bounded("begin", self._bound, self._producer.begin_transaction())
        await self._config.checkpoint("begun", self._partition)
        with_proof = {tp: OffsetAndMetadata(offset, proof) for tp, offset in offsets.items()}
        ends = await bounded("sends and offsets", self._bound, self._send(batches, with_proof))
        await self._config.checkpoint("sent", self._partition)
        await bounded("commit", self._bound, self._producer.commit_transaction())
        self.proof = proof
        return ends

    def _new_proof(self) -> str:
        """Unique in the cluster: the broker gives each init another epoch of the producer's id."""
        self._transactions += 1
        manager = self._producer._txn_manager
        return f"{manager.producer_id}-{manager.producer_epoch}-{self._transactions}"

    def _stamped(self, record: OutRecord, proof: str) -> OutRecord:
        if record.topic != self._view_topic:
            return record
        return record._replace(headers=(*record.headers, (PROOF_HEADER, proof.encode())))

    def _refuse_foreign_view(self, batches: OutputBatches) -> None:
        view = self._view_topic
        if any(tp.topic == view and tp.partition != self._partition for tp in batches):
            raise BrokenContractError("a lane alone writes its partition of the view's topic, and no other")

    async def _send(
        self, batches: OutputBatches, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Offsets:
        """Await every send *and* the offsets: a commit succeeds although a record failed (T5)."""
        to_commit = self._producer.send_offsets_to_transaction(dict(offsets), self._config.group_id)
        ends = await asyncio.gather(*(self._ship(tp, some) for tp, some in batches.items()), to_commit)
        return dict(zip(batches, ends[:-1], strict=True))

    async def _ship(self, tp: TopicPartition, batches: Sequence[BatchBuilder]) -> int:
        """The batches of one partition one after the other (T9); returns the offset after the last record."""
        end = -1
        for batch in batches:
            sent = await (await self._producer.send_batch(batch, tp.topic, partition=tp.partition))
            end = sent.offset + batch.record_count()
        return end

    async def drop(self) -> None:
        """Abort what is open and close, each within a bound; raises nothing but a cancellation (T6)."""
        bound = self._config.timing.drop
        if self._producer._txn_manager.is_in_transaction():
            await close_within(bound, self._producer.abort_transaction())
        if not await close_within(bound, self._producer.stop()):
            await self._tear_down()

    async def _tear_down(self) -> None:
        """`stop` waits for batches that a broker which is away never takes: end the sender and the sockets."""
        sender = self._producer._sender.sender_task
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=1.0)
        await close_within(1.0, self._producer.client.close())
