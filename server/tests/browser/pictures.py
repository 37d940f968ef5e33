"""Small pictures: a screenshot with the 256 colours that it mostly consists of, as an indexed PNG (a third of the size)."""

import base64
import struct
import zlib

from playwright.sync_api import Page

# Chromium reads its own PNG; the commonest colours that differ to the eye become the palette, each other one its neighbour.
INDEXED = """async (png) => {
  const CLOSE = 40;
  const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const count = new Map();
  for (const pixel of pixels) count.set(pixel, (count.get(pixel) ?? 0) + 1);
  const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const apart = ([r, g, b], [red, green, blue]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  const palette = [];
  for (const colour of [...count.keys()].sort((a, b) => count.get(b) - count.get(a))) {
    if (palette.length < 256 && !palette.some((one) => apart(one, parts(colour)) < CLOSE)) palette.push(parts(colour));
  }
  const index = new Map();
  for (const colour of count.keys()) {
    let nearest = Infinity;
    palette.forEach((one, place) => {
      const distance = apart(one, parts(colour));
      if (distance < nearest) { nearest = distance; index.set(colour, place); }
    });
  }
  let bytes = '';
  for (const pixel of pixels) bytes += String.fromCharCode(index.get(pixel));
  return { width: picture.width, height: picture.height, palette: palette.flat(), pixels: btoa(bytes) };
}"""


def small(page: Page, png: bytes) -> bytes:
    """Give the same picture in few bytes; the page is any one that may run scripts."""
    found = page.evaluate(INDEXED, base64.b64encode(png).decode())
    width, height, pixels = found["width"], found["height"], base64.b64decode(found["pixels"])
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, width * height, width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", bytes(found["palette"])), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
