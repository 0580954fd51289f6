// @ts-check
// The panel Surface: the loss over two weights, and the path of gradient descent, for inputs as they are and normalized.

const surfaceLow = -1.5;
const surfaceHigh = 3.5;
const surfaceSide = 61;

/** The values of its sliders: the place i of a range. */
const slides = {
  scale: (/** @type {number} */ i) => Number((10 ** (i / 20)).toPrecision(2)),
  descent: (/** @type {number} */ i) => Number((10 ** (-5 + i / 10)).toPrecision(2)),
  walk: (/** @type {number} */ i) => i,
};

/** @param {Record<string, string>} state */
async function showSurface(state) {
  const start = state.from.split(",").map(Number);
  for (const name of /** @type {const} */ (["scale", "descent", "walk"])) {
    const slider = byId(name);
    slider.value = String(slideOf(name, Number(state[name])));
    byId(`${name}-value`).textContent = state[name];
    slider.setAttribute("aria-valuetext", state[name]);
  }
  byId("from-1").value = start[0];
  byId("from-2").value = start[1];
  const answer = await local.call("surface", {
    scale: Number(state.scale),
    rate: Number(state.descent),
    steps: Number(state.walk),
    start,
    low: surfaceLow,
    high: surfaceHigh,
    side: surfaceSide,
  });
  for (const kind of ["raw", "normalized"]) {
    drawSurface(byId(`surface-${kind}`), answer[kind]);
    byId(`surface-${kind}-text`).textContent = surfaceWords(answer[kind], Number(state.descent));
    byId(`surface-${kind}`).setAttribute(
      "aria-label",
      `Loss over two weights. ${surfaceWords(answer[kind], Number(state.descent))}`,
    );
  }
}

/** The place of a slider that has this value, or the nearest. */
function slideOf(/** @type {"scale" | "descent" | "walk"} */ name, /** @type {number} */ value) {
  const places = Array.from({ length: Number(byId(name).max) + 1 }, (_, i) => slides[name](i));
  const away = places.map((v) => Math.abs(v - value));
  return away.indexOf(Math.min(...away));
}

/** @param {any} surface @param {number} rate */
function surfaceWords(surface, rate) {
  const end = surface.path_losses.at(-1);
  const steps = surface.path_losses.length - 1;
  const verdict =
    rate > 2 / surface.steep ? "too large, and the steepest direction diverges" : "small enough";
  return (
    `loss ${shortNumber(surface.path_losses[0])} → ${end === null ? "∞" : shortNumber(end)} in ${steps} steps. ` +
    `Curvature ${shortNumber(surface.steep)} across, ${shortNumber(surface.flat)} along: 1 to ` +
    `${shortNumber(surface.steep / surface.flat)}. Rates up to 2/${shortNumber(surface.steep)} = ` +
    `${shortNumber(2 / surface.steep)} converge; ${rate} is ${verdict}.`
  );
}

/** The loss as colours, from 0.01 to 100,000 on a log scale, with the path over it.
 * @param {HTMLCanvasElement} canvas @param {any} surface */
function drawSurface(canvas, surface) {
  const { context, width, height } = cleared(canvas);
  const image = new ImageData(surfaceSide, surfaceSide);
  surface.losses.forEach((/** @type {number} */ loss, /** @type {number} */ i) => {
    image.data.set([...heat(1 - (Math.log10(Math.max(loss, 1e-2)) + 2) / 7), 255], 4 * i);
  });
  const small = el("canvas", { width: surfaceSide, height: surfaceSide });
  small.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, width, height);
  const span = surfaceHigh - surfaceLow;
  const points = surface.path.map((/** @type {(number | null)[]} */ [a, b]) =>
    [(((a ?? 1e6) - surfaceLow) / span) * width, height - (((b ?? 1e6) - surfaceLow) / span) * height].map(
      (v) => Math.min(Math.max(v, -1e5), 1e5),
    ),
  );
  for (const [line, fill] of [
    [4, "#000"],
    [2, "#fff"],
  ]) {
    context.lineWidth = Number(line);
    context.strokeStyle = context.fillStyle = String(fill);
    stroke(context, points);
    for (const [x, y] of points) {
      context.beginPath();
      context.arc(x, y, 1.5 + Number(line) / 2, 0, 7);
      context.fill();
    }
  }
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = "#fff";
  context.textBaseline = "bottom";
  context.textAlign = "right";
  context.fillText("w₁", width - 6, height - 5);
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillText("w₂", 6, 5);
}

/** The weights under a click, to a tenth. */
function weightsAt(/** @type {HTMLCanvasElement} */ canvas, /** @type {MouseEvent} */ event) {
  const box = canvas.getBoundingClientRect();
  const span = surfaceHigh - surfaceLow;
  const a = surfaceLow + (span * (event.clientX - box.left)) / box.width;
  const b = surfaceHigh - (span * (event.clientY - box.top)) / box.height;
  return [a, b].map((v) => v.toFixed(1)).join(",");
}
