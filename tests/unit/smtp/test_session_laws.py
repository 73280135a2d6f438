"""Laws of an SMTP session: they hold for whatever octets come, however the network cuts them."""

from hypothesis import example, given

from tests.support.smtp_octets import answers_are_replies, conversations, cuts, cuts_mean_nothing

SMUGGLED = (
    b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\na\n.\nMAIL FROM:<b@x>\r\n\r\n.\r\n"
)


@given(conversations(), cuts())
@example(SMUGGLED, [60, 62])
def test_answers_do_not_depend_on_how_octets_are_cut(octets: bytes, places: list[int]) -> None:
    """Nor does what is stored: a border between packets means nothing."""
    cuts_mean_nothing(octets, places)


@given(conversations())
@example(SMUGGLED)
def test_every_answer_is_a_reply_and_every_mail_stored_was_answered_250(octets: bytes) -> None:
    """Whatever stands between."""
    answers_are_replies(octets)
