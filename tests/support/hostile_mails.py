"""Mails that cost minutes or a deep stack wherever reading them is quadratic or recursive."""

from tests.support.builders import raw_mail


def nested(levels: int) -> bytes:
    body = b"".join(
        b'--%d\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n' % (n, n + 1) for n in range(levels)
    )
    return raw_mail(
        body=body + b"--%d\r\n\r\ndeep\r\n" % levels, content_type='multipart/mixed; boundary="0"'
    )


def many_parts(count: int) -> bytes:
    return raw_mail(
        body=b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n", content_type="multipart/mixed; boundary=b"
    )


HOSTILE = {
    "nested 10,000 deep": nested(10_000),
    "nested in one boundary": raw_mail(
        body=b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000,
        content_type="multipart/mixed; boundary=b",
    ),
    "100,000 parts": many_parts(100_000),
    "boundary of one dash": raw_mail(body=b"\r\n---x" * 500_000, content_type="multipart/mixed; boundary=-"),
    "10,000 references": raw_mail(headers=(("References", "\r\n ".join(["<a@b.test>"] * 10_000)),)),
    "one header of 5 MB": raw_mail(subject="x" * 5_000_000),
    "a folded header of 200,000 lines": raw_mail(subject="x\r\n " * 200_000),
    "encoded words without end": raw_mail(subject="=?utf-8?q?" * 100_000),
    "encoded words of spaces": raw_mail(subject="=?utf-8?q?x?=" + " " * 1_000_000 + "y"),
    "parameters without end": raw_mail(content_type='text/plain; a="' + '\\";b=' * 200_000),
    "2,000 RFC 2231 pieces": raw_mail(
        content_type="text/plain" + "".join(f"; name*{n}*=a" for n in range(2000))
    ),
    "From of comments": raw_mail(sender="(" * 500_000 + "jan@acme.test"),
    "From of addresses": raw_mail(sender="a@b.test," * 100_000),
    "html of open tags": raw_mail(body="<" * 2_000_000, content_type="text/html"),
    "html of open comments": raw_mail(body="<!--" * 500_000, content_type="text/html"),
    "html of open styles": raw_mail(body="<style" * 300_000, content_type="text/html"),
    "html of entities": raw_mail(body="&" * 2_000_000, content_type="text/html"),
    "html of spaces": raw_mail(body="<p>" + " \n" * 1_000_000, content_type="text/html"),
    "punycode as a charset": raw_mail(body=b"a" * 500_000, content_type="text/plain; charset=punycode"),
    "idna as a charset": raw_mail(subject="=?idna?q?" + "a" * 100_000 + "?="),
    "a charset's endless name": raw_mail(content_type="text/plain; charset=" + "x" * 3_000),
    "colons without a header": b":" * 5_000_000,
    "spaces before a colon": b"a" + b" " * 5_000_000,
    "5 MB of line feeds": b"\n" * 5_000_000,
}
