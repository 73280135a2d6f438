"""What is away is said to be away, promptly."""

from pathlib import Path

import pytest

from tests.faults.world import free_port
from workers.adapters.dependency_probes import blobs_answer, kafka_answers, redis_answers
from workers.adapters.kafka_connection import KafkaConnection
from workers.adapters.redis_client import redis_client
from workers.errors import DependencyUnavailable


@pytest.mark.parametrize("place", ["", "not/made/yet"])
async def test_a_directory_that_can_be_written_takes_blobs(tmp_path: Path, place: str) -> None:
    """Also one that is made with its first blob."""
    await blobs_answer((tmp_path / place).as_uri())


async def test_an_object_store_that_answers_is_well_although_it_is_empty() -> None:
    """A bucket without anything below the prefix."""
    await blobs_answer("memory://nothing-there")


async def test_a_file_in_the_stores_place_takes_none(tmp_path: Path) -> None:
    """As a mount that went away leaves it."""
    (tmp_path / "blobs").touch()
    with pytest.raises(DependencyUnavailable):
        await blobs_answer((tmp_path / "blobs").as_uri())


async def test_servers_that_nobody_runs_are_away() -> None:
    """Nobody listens at these ports."""
    with pytest.raises(DependencyUnavailable):
        await kafka_answers(KafkaConnection(f"127.0.0.1:{free_port()}", timeout_seconds=2))
    client = redis_client(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(DependencyUnavailable):
        await redis_answers(client)
    await client.aclose()
