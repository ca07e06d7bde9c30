"""One line to bytes and back. The checksum is the last field and covers every byte before it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from io import BytesIO

import msgspec

from pipeline.manifest.lines import AnyLine, Line

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)
# By identity: msgspec leaves a float out only when it is the very default.
_UNPLACED = {"seq": 0, "batch": 0, "left": 0, "at": Line().at}
_CRC_LENGTH = len(b',"crc":"00000000"}')


def encode_batch(lines: Sequence[AnyLine], *, seq: int, batch: int, at: float) -> bytes:
    """`lines` as one batch; the first of them gets sequence number `seq`. `at` is unix seconds.

    The place that a line had before, if it was read, is forgotten.
    """
    encoded = BytesIO()  # gives its bytes away without a copy: a plan can be large
    for index, line in enumerate(lines):
        left = len(lines) - index - 1
        if line.seq or line.at:
            line = msgspec.structs.replace(line, **_UNPLACED)
        body = b'{"seq":%d,"batch":%d,"left":%d,"at":%.3f,%b' % (seq + index, batch, left, at, _encode(line)[1:-1])
        encoded.write(seal(body))
    return encoded.getvalue()


def seal(body: bytes) -> bytes:
    """A whole line from `body`, a JSON object that lacks its closing brace."""
    return b"%b%b\n" % (body, _ending(body))


def decode_line(raw: bytes) -> AnyLine:
    """The line in `raw` (without its newline).

    Raises:
        ValueError: its checksum does not hold, or it is not a line of this format.
    """
    check_seal(raw)
    try:
        return _decoder.decode(raw)
    except msgspec.MsgspecError as error:
        raise ValueError(f"it is not a line of this format ({error})") from None


def check_seal(raw: bytes) -> None:
    """Raises ValueError unless the checksum of the line in `raw` (without its newline) holds."""
    if raw[-_CRC_LENGTH:] != _ending(raw[:-_CRC_LENGTH]):
        raise ValueError("its checksum does not hold")


def _ending(body: bytes) -> bytes:
    return b',"crc":"%08x"}' % zlib.crc32(body)
