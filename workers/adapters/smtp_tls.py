"""The certificate that STARTTLS shows."""

import ssl

from workers.errors import WrongConfiguration


def server_tls_context(certificate_file: str, key_file: str) -> ssl.SSLContext:
    """From PEM files. Raises `WrongConfiguration` where they can't be read or don't belong together."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate_file, key_file)
    except (OSError, ssl.SSLError) as error:
        raise WrongConfiguration(
            f"The certificate {certificate_file} with key {key_file} cannot be used: {error}. "
            "STELLWERK_SMTP__TLS_CERT and STELLWERK_SMTP__TLS_KEY name PEM files that belong together."
        ) from error
    return context
