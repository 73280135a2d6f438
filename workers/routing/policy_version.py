"""The version of a policy: the SHA-256 of its canonical form (P3).

Canonical: JSON of the compiled policy with sorted keys, no spaces, defaults left out. The models have sorted
what is a set and normalised addresses already, so two files with one meaning have one version, and a new
optional field changes the version of no policy that does not use it.
"""

import hashlib
import json

from schemas.policy import Policy
from schemas.policy_events import PolicyVersion


def canonical_form(policy: Policy) -> bytes:
    """UTF-8 JSON; equal for equal policies, whatever the order of their mappings."""
    document = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def version_of(policy: Policy) -> str:
    """64 hex digits."""
    return hashlib.sha256(canonical_form(policy)).hexdigest()


def as_version(policy: Policy) -> PolicyVersion:
    """The policy as the event that publishes it."""
    return PolicyVersion(version=version_of(policy), policy=policy)


def is_intact(event: PolicyVersion) -> bool:
    """Whether the policy read is the policy that was published.

    False where it was corrupted, or where this program is too old to know one of its fields: reading ignores
    unknown fields, and a rule without its condition would hold for every mail. Never decide by such a policy.
    """
    return event.version == version_of(event.policy)
