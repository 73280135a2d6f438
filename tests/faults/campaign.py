"""`python -m tests.faults.campaign --seed N --faults 200`: break everything in random order, then check the laws."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.faults.checkpoint import NotInjectedError
from tests.faults.checks import violations
from tests.faults.commands import Commands
from tests.faults.evidence import Evidence
from tests.faults.gather import gather_evidence, topics_of
from tests.faults.kinds import KINDS
from tests.faults.report import Outcome
from tests.faults.sender import Senders
from tests.faults.service import run_command
from tests.faults.topic_reader import unstable_partitions
from tests.faults.watch import Watch
from tests.faults.world import World, running_world
from tests.support.eventually import eventually

PROBES = 5
FAULTS_AT_ONCE = (1, 2, 3, 4)
RECOVERY_BOUND_SECONDS = 120.0
START_BOUND_SECONDS = 60.0


class Campaign:
    """One run over one world. Faults come in rounds of one to four; after each round all must recover."""

    def __init__(
        self, world: World, watch: Watch, seed: int, *, senders: int = 4, pause: float = 0.15
    ) -> None:
        self._world = world
        self._watch = watch
        self._random = Random(seed)
        self._senders = Senders(lambda: world.smtp_port, seed, count=senders, pause_seconds=pause)
        self._commands = Commands(world.kafka.bootstrap, watch, seed)
        self._probes = 0
        self.outcome = Outcome(seed)

    async def run(self, faults: int, kinds: list[str] | None = None, minutes: float = 600) -> Outcome:
        """So many faults, or those that fit into `minutes`."""
        until = time.monotonic() + 60 * minutes
        await self._recovery(START_BOUND_SECONDS)
        directory = await self._world.directory_view()
        self._senders.start()
        commands = asyncio.create_task(self._commands.run())
        planned = kinds or self._choose(faults)
        try:
            while planned and time.monotonic() < until:
                count = self._random.choice(FAULTS_AT_ONCE)
                await self._round(planned[:count])
                planned = planned[count:]
        except (AssertionError, TimeoutError) as error:
            self.outcome.violations.append(f"no recovery after {dict(self.outcome.faults)}: {error}")
        commands.cancel()
        await asyncio.to_thread(self._commands.flush)
        await self._end(directory)
        return self.outcome

    def _choose(self, faults: int) -> list[str]:
        """Each kind at least once where there are faults enough, the rest by weight; in random order."""
        weights = [weight for weight, _ in KINDS.values()]
        names = list(KINDS)
        chosen = names[:faults] if faults >= len(names) else self._random.sample(names, faults)
        chosen += self._random.choices(names, weights=weights, k=max(0, faults - len(chosen)))
        self._random.shuffle(chosen)
        return chosen

    async def _round(self, kinds: list[str]) -> None:
        for kind in kinds:
            await self._inject(kind)
            await asyncio.sleep(self._random.uniform(0, 1.0))
        took = await self._recovery(RECOVERY_BOUND_SECONDS)
        self.outcome.recovered(" + ".join(kinds), took)
        say(f"{sum(self.outcome.faults.values()):4d}  {took:6.2f} s  {' + '.join(kinds)}")

    async def _inject(self, kind: str) -> None:
        try:
            await KINDS[kind][1](self._world, self._senders, self._random)
        except NotInjectedError:
            self.outcome.missed[kind] += 1
        else:
            self.outcome.faults[kind] += 1

    async def _recovery(self, bound: float) -> float:
        """Seconds until mails sent now are decided, in several lanes."""
        started = time.monotonic()
        async with asyncio.timeout(bound):
            probes = await asyncio.gather(*(self._probe() for _ in range(PROBES)))
        await eventually(lambda: all(self._watch.decided_at(p) for p in probes), within=bound, every=0.05)
        return max(self._watch.decided_at(p) or 0.0 for p in probes) - started

    async def _probe(self) -> str:
        self._probes += 1
        told = await self._senders.probe(f"probe{self.outcome.seed}", self._probes)
        return told.digest

    async def _end(self, directory: dict[bytes, bytes]) -> None:
        """Quiet, touch every lane once more, read everything, stop everything, and judge."""
        bootstrap = self._world.kafka.bootstrap
        try:
            await self._senders.finish()
            for _ in range(6):
                await self._recovery(RECOVERY_BOUND_SECONDS)
            await eventually(lambda: not self._watch.undecided(), within=60, every=0.2)
            await eventually(lambda: not unstable_partitions(bootstrap, topics_of("")), within=30, every=0.5)
        except (AssertionError, TimeoutError) as error:
            self.outcome.violations.append(f"never quiet: {error}")
        for check in ("reconcile", "verify"):
            await self._ask_the_product(check)
        evidence = await gather_evidence(self._world, self._senders.told, directory)
        self.outcome.stops = await self._world.stop()
        evidence.processes = self._world.left_over()
        self._count(evidence)
        self.outcome.violations += violations(evidence)

    async def _ask_the_product(self, check: str) -> None:
        """Its own checks must agree that all is well."""
        try:
            await run_command(self._world.env, check, "--json", within_seconds=120)
        except (AssertionError, TimeoutError) as error:
            self.outcome.violations.append(f"stellwerk {check}: {str(error)[:800]}")

    def _count(self, evidence: Evidence) -> None:
        services = (self._world.smtp, self._world.project, *self._world.route)
        self.outcome.crashes = {service.name: service.exits for service in services}
        self.outcome.mails = len(self._senders.told)
        self.outcome.deliveries = len(evidence.of("mail.inbound"))
        self.outcome.commands = len(evidence.of("tickets.command-results"))
        for told in self._senders.told:
            self.outcome.answers.update(told.answers)


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


async def campaign(
    directory: Path,
    seed: int,
    faults: int,
    kinds: list[str] | None = None,
    minutes: float = 600,
    brokers: int = 1,
) -> Outcome:
    async with running_world(directory, brokers) as world:
        with Watch(world.kafka.bootstrap) as watch:
            return await Campaign(world, watch, seed).run(faults, kinds, minutes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=600, help="no new faults after that")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="only these, in this order")
    parser.add_argument("--brokers", type=int, default=1, choices=(1, 3), help="3: the production profile")
    parser.add_argument("--directory", type=Path, help="keep logs and data here")
    options = parser.parse_args()
    say(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="stellwerk-faults-") as scratch:
        directory = options.directory or Path(scratch)
        outcome = asyncio.run(
            campaign(directory, options.seed, options.faults, options.kind, options.minutes, options.brokers)
        )
    sys.stdout.write(outcome.as_json() + "\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
