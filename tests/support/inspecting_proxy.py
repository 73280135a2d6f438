"""A proxy that inspects TLS, as companies run them: it shows its own CA's certificate for every host."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trustme import CA

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def an_inspecting_proxy(authority: CA) -> Iterator[str]:
    """Its address, as of HTTPS_PROXY. It has nothing: whoever trusts it gets a 404."""

    class Inspect(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.close_connection = True
            host = self.path.partition(":")[0]
            self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(host).configure_cert(context)
            with suppress(OSError), context.wrap_socket(self.connection, server_side=True) as inside:
                inside.recv(65536)
                inside.sendall(NOT_FOUND)

        def log_message(self, *_: object) -> None:
            """Not on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inspect)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
