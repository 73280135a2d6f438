"""The three outcomes that are not success, as three types.

    StellwerkError
    ├── InvalidInput            never retried: answered (5xx, exit 2) or set aside with its reason
    │   └── WrongConfiguration  ours: a file or setting that stops the start
    └── DependencyUnavailable   waited for: 4xx at SMTP, back-pressure in streams, exit 3
        ├── NotAdmitted         it answered and refused us: services wait and say so, commands exit 2
        └── ViewLost            the Redis view is not what its owner wrote last: rebuild it, then go on

Everything else that is raised is a bug and crashes loudly.
"""


class StellwerkError(Exception):
    """An expected failure with a text for everybody and details for operators.

    `public` is general: no ids of others, no addresses, no words of a mail. `detail` goes to structured
    log fields and receipts only.
    """

    def __init__(self, public: str, **detail: object) -> None:
        super().__init__(public)
        self.public = public
        self.detail = detail


class InvalidInput(StellwerkError):
    """The input can never be processed as it is; trying again gives the same."""


class WrongConfiguration(InvalidInput):
    """A setting or file of the operator is wrong; `public` says where and what to do."""


class DependencyUnavailable(StellwerkError):
    """Kafka, Redis or the blob store did not answer in time, or answered that it can't now: wait and retry."""


class NotAdmitted(DependencyUnavailable):
    """A server is there and does not take our login, certificate or rights: `public` says what to check.

    Not `WrongConfiguration`, for it may be mended at the server, and a token may expire while we run.
    """


class ViewLost(DependencyUnavailable):
    """The view's mark is not the one that its owner wrote last (flushed, restored, taken over)."""
