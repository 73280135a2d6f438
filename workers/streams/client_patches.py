"""What is changed in the pinned aiokafka, explicitly and once per process. Called by the engine before any client."""

from aiokafka.producer import sender

from workers.streams.checked_offsets import check_offset_fetches
from workers.streams.log_noise import quieten_aiokafka

NEXT_TRANSACTION_WAIT_SECONDS = 0.004


def prepare_aiokafka() -> None:
    """Idempotent. Checked offset fetches (T1), shorter waits between transactions, bounded log noise (T10).

    `BACKOFF_OVERRIDE` is how long a producer waits when it meets its own last transaction still being completed:
    20 ms as released, a constant; 4 ms halve the latency at low load and cost nothing under load.
    """
    check_offset_fetches()
    sender.BACKOFF_OVERRIDE = NEXT_TRANSACTION_WAIT_SECONDS
    quieten_aiokafka()
