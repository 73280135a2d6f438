"""A refused OAUTHBEARER token, noticed when it is refused.

A broker answers a token that it does not take with a JSON text and no error, and waits for one more message
(RFC 7628 §3.2.2). aiokafka 0.14 looks at neither, takes the connection for authenticated, and the next request
ends in a closed connection without a reason. The dependency is pinned to the release that was read.
"""

import json
from typing import Any

from aiokafka.conn import OAuthAuthenticator
from aiokafka.errors import SaslAuthenticationFailed

_NOTICED = "_stellwerk_notices_refusals"


def notice_refused_tokens() -> None:
    """Make every client of this process raise `SaslAuthenticationFailed` for a refused token. Idempotent."""
    unchecked = OAuthAuthenticator.step
    if hasattr(unchecked, _NOTICED):
        return

    async def step(self: Any, payload: bytes | None) -> Any:
        if payload:  # a token that is taken is answered with nothing
            raise SaslAuthenticationFailed(f"the token was refused: {_status(payload)}")
        return await unchecked(self, payload)

    setattr(step, _NOTICED, True)
    OAuthAuthenticator.step = step


def _status(payload: bytes) -> str:
    """`invalid_token`, mostly. What is not a short word is not repeated."""
    try:
        status = json.loads(payload)["status"]
    except (ValueError, LookupError, TypeError):
        return "no reason given"
    return (
        status if isinstance(status, str) and status.isidentifier() and len(status) < 40 else "another reason"
    )
