// @ts-check
// Plots on a canvas: lines over steps, histograms, heat maps. Each draws at the sharpness of the screen, in the colours of
// the page.

/** A colour of the page's style, "--ink" or "--arm0". */
const colour = (/** @type {string} */ name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A canvas's context and its size in CSS pixels, cleared. */
function cleared(/** @type {HTMLCanvasElement} */ canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  const wide = Math.round(width * scale);
  const high = Math.round(height * scale);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  context.lineJoin = "round";
  return { context, width, height };
}

/** Round numbers from 0 to `most`, about `count` of them. */
function ticks(/** @type {number} */ most, /** @type {number} */ count) {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough) ?? rough;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** @typedef {{points: number[][], colour: string, width?: number, dash?: number[], label?: string}} Line */

/** Lines through points [x, y].
 * @param {HTMLCanvasElement} canvas @param {Line[]} lines
 * @param {{x: number, y: [number, number], marks: number[], name: (y: number) => string, xLabel?: string}} axes */
function drawLines(canvas, lines, axes) {
  const { context, width, height } = cleared(canvas);
  const [left, right, top, bottom] = [44, 10, 8, 34];
  const px = (/** @type {number} */ x) => left + ((width - left - right) * x) / axes.x;
  const py = (/** @type {number} */ y) =>
    height - bottom - ((height - top - bottom) * (y - axes.y[0])) / (axes.y[1] - axes.y[0]);
  context.fillStyle = colour("--soft");
  context.strokeStyle = colour("--line");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const y of axes.marks) {
    context.fillText(axes.name(y), left - 6, py(y));
    stroke(context, [
      [left, py(y)],
      [width - right, py(y)],
    ]);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const x of ticks(axes.x, width < 500 ? 4 : 8)) {
    context.fillText(x.toLocaleString("en"), Math.min(px(x), width - 18), height - bottom + 5);
  }
  context.fillText(axes.xLabel ?? "", (left + width - right) / 2, height - 14);
  context.save();
  context.beginPath();
  context.rect(left, top - 2, width - left - right + 2, height - top - bottom + 4);
  context.clip();
  for (const line of lines) {
    context.strokeStyle = line.colour;
    context.lineWidth = line.width ?? 2;
    context.setLineDash(line.dash ?? []);
    stroke(
      context,
      line.points.map(([x, y]) => [px(x), py(y)]),
    );
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {number[][]} points */
function stroke(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

/** A histogram of the engine ({low, high, counts}) on an axis from `low` to `high`; `before`: an earlier one, as an outline.
 * @param {HTMLCanvasElement} canvas @param {{low: number, high: number, counts: number[]}} histogram
 * @param {string} fill @param {[number, number]} axis @param {{low: number, high: number, counts: number[]}} [before] */
function drawHistogram(canvas, histogram, fill, [low, high], before) {
  const { context, width, height } = cleared(canvas);
  const base = height - 15;
  const px = (/** @type {number} */ x) => (width * (x - low)) / (high - low);
  context.fillStyle = fill;
  for (const [from, to, tall] of bars(histogram, px, base - 2))
    context.fillRect(from, base - tall, Math.max(to - from, 2), tall);
  if (before) {
    context.strokeStyle = colour("--ink");
    stroke(
      context,
      bars(before, px, base - 2).flatMap(([from, to, tall]) => [
        [from, base - tall],
        [to, base - tall],
      ]),
    );
  }
  context.fillStyle = colour("--soft");
  context.fillRect(0, base, width, 1);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "top";
  const names = [
    [low, "left", 0],
    [high, "right", width],
  ];
  if (low < 0 && high > 0 && px(0) > 30 && px(0) < width - 30) names.push([0, "center", px(0)]);
  for (const [value, align, at] of names) {
    context.textAlign = /** @type {CanvasTextAlign} */ (align);
    context.fillText(shortNumber(Number(value)), Number(at), base + 2);
  }
}

/** [from, to, height] of each bar, the tallest `most` high.
 * @param {{low: number, high: number, counts: number[]}} histogram @param {(x: number) => number} px @param {number} most */
function bars(histogram, px, most) {
  const bin = (histogram.high - histogram.low) / histogram.counts.length;
  const tallest = Math.max(...histogram.counts, 1);
  return histogram.counts.map((count, i) => [
    px(histogram.low + i * bin),
    px(histogram.low + (i + 1) * bin),
    (most * count) / tallest,
  ]);
}

/** Three digits: "0.0912", "3.2e-5", "12,346". */
function shortNumber(/** @type {number | null} */ value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size >= 1e6 || (size < 1e-3 && size > 0)
      ? value.toExponential(1)
      : Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 });
  return text.replace("e+", "e").replace(/-/g, "−");
}

/** As the engine's reports: "97.1%". `null`: none. */
const percent = (/** @type {number | null | undefined} */ share, digits = 1) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)}%`;

/** From dark to light by a share of 0 to 1, readable by any kind of colour blindness (viridis, eight stops): red,
 *  green and blue. */
function heat(/** @type {number} */ share) {
  const stops = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const parts = [1, 3, 5].map((from) => {
    const [a, b] = [stops[i], stops[i + 1]].map((s) => parseInt(s.slice(from, from + 2), 16));
    return Math.round(a + (b - a) * (at - i));
  });
  return parts;
}
