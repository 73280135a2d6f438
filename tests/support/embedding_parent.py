"""A process that starts the embedded servers in the directory it is given, tells their ids, and waits to be killed."""

import json
import sys
import time
from pathlib import Path

from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey


def main(data_dir: Path) -> None:
    kafka, valkey = EmbeddedKafka(data_dir, short_lived=True), EmbeddedValkey(data_dir)
    valkey.start()
    kafka.start()
    told = {"kafka": kafka.pid, "valkey": valkey.pid, "bootstrap": kafka.bootstrap}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
