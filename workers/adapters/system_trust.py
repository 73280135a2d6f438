"""The certificate authorities of this machine, for what a library fetches.

`requests` believes the list that comes with certifi. Behind a proxy that inspects TLS, the CA that counts is in the
system's store only, where pip, curl and the browser find it.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def trusting_the_system() -> Iterator[None]:
    """While it is entered, new TLS connections of this process believe the system's store, too.

    For the whole process: enter it before services run. REQUESTS_CA_BUNDLE and SSL_CERT_FILE hold as ever.
    """
    import truststore  # of the extra `embedded`

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()
