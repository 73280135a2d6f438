"""Change the recorded log on purpose: `python -m tests.golden.rewrite`.

Keeps the recorded inputs and replaces what they give; `--new-story` records the generator's story anew. Needed
where a decision of an unchanged input shall be another one: then `DECIDER_VERSION` changes too, and the commit
says why. Prints how many decisions changed, and how.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.golden.log import FILE, decided, read, record, write
from tests.golden.story import worlds


def main(arguments: list[str]) -> None:
    before = read() if FILE.exists() else []
    inputs = record(worlds()) if "--new-story" in arguments or not before else before
    after = list(decided(inputs))
    write(after)
    changes = Counter(
        (old["outcome"], new["outcome"])
        for old, new in zip(before, after, strict=False)
        if "digest" in old and "digest" in new and old["digest"] != new["digest"]
    )
    sys.stdout.write(f"{sum('digest' in line for line in after)} decisions, {changes.total()} changed\n")
    for (old, new), count in changes.most_common(20):
        sys.stdout.write(f"{count:6}  {old}  ->  {new}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
