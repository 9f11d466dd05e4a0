"""A picture of the page as a PNG of few colours, which is half as large and looks the same."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

COLOURS = 256
# The browser reads its own picture, so that nothing else has to.
_PIXELS = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) {
    text += String.fromCharCode(...data.subarray(at, at + 32768));
  }
  return [image.width, image.height, btoa(text)];
}"""


def small(page: Page, picture: bytes) -> bytes:
    """The picture in 256 of its colours; any other becomes the nearest of them."""
    told = page.evaluate(_PIXELS, base64.b64encode(picture).decode())
    width, height, text = cast("tuple[int, int, str]", tuple(told))
    rgb = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 4)[:, :3]
    palette, places = _reduced(rgb)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, which is none
    rows[:, 1:] = places.reshape(height, width)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _reduced(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The palette, and each pixel's place in it."""
    packed = rgb.astype(np.uint32) @ np.array([65_536, 256, 1], np.uint32)
    found, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    known = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.int64)
    chosen, apart = [int(counts.argmax())], _apart(known, int(counts.argmax()))
    while len(chosen) < min(COLOURS, len(known)):
        # A rare colour counts, too, when none of the chosen is near: a green dot stays green.
        chosen.append(int((apart * np.sqrt(counts)).argmax()))
        apart = np.minimum(apart, _apart(known, chosen[-1]))
    nearest = np.stack([_apart(known, one) for one in chosen]).argmin(axis=0)
    return known[chosen].astype(np.uint8), nearest.astype(np.uint8)[where]


def _apart(known: NDArray[np.int64], one: int) -> NDArray[np.int64]:
    """How far each colour is from one of them, squared."""
    return ((known - known[one]) ** 2).sum(axis=1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
