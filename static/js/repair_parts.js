/* Connected parts of a picture: a scanline fill, and what looks like the pixel that was clicked. */

/* The pixels connected (by four sides) to x, y for which inside(pixel) holds: {hit, count, box, touches the rim}. */
export function connected(width, height, x, y, inside) {
  const hit = new Uint8Array(width * height), box = { left: x, top: y, right: x + 1, bottom: y + 1 };
  const waiting = [x, y];
  let count = 0, touches = false;
  while (waiting.length) {
    const row = waiting.pop(), column = waiting.pop(), base = row * width;
    if (hit[base + column] || !inside(base + column)) continue;
    let left = column, right = column;
    while (left > 0 && !hit[base + left - 1] && inside(base + left - 1)) left -= 1;
    while (right < width - 1 && !hit[base + right + 1] && inside(base + right + 1)) right += 1;
    hit.fill(1, base + left, base + right + 1);
    count += right - left + 1;
    touches ||= left === 0 || right === width - 1 || row === 0 || row === height - 1;
    box.left = Math.min(box.left, left); box.right = Math.max(box.right, right + 1);
    box.top = Math.min(box.top, row); box.bottom = Math.max(box.bottom, row + 1);
    for (const next of [row - 1, row + 1]) if (next >= 0 && next < height) seed(next, left, right);
  }
  return { hit, count, box, touches };

  /* One seed a run of the neighbouring row. */
  function seed(row, left, right) {
    const base = row * width;
    let open = false;
    for (let column = left; column <= right; column += 1) {
      const fits = !hit[base + column] && inside(base + column);
      if (fits && !open) waiting.push(column, row);
      open = fits;
    }
  }
}

/* Whether a pixel's colour is near that of the pixel at x, y: no channel further away than `most`. Pixels are RGBA, 0 to 255. */
export function alike(pixels, width, x, y, most) {
  const at = (y * width + x) * 4, [red, green, blue] = pixels.slice(at, at + 3);
  return (pixel) => Math.abs(pixels[pixel * 4] - red) <= most && Math.abs(pixels[pixel * 4 + 1] - green) <= most && Math.abs(pixels[pixel * 4 + 2] - blue) <= most;
}

/* The share of the three by three pixels around x, y that were hit: an edge without stairs. */
export function softened(hit, width, height, x, y) {
  let sum = 0, count = 0;
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) { sum += hit[row * width + column]; count += 1; }
  }
  return sum / count;
}
