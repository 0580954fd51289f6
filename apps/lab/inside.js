// @ts-check
// The panel Inside: what the layers of each arm are given, and how far they move, as `norma inspect` measures it.

/** @param {Session} session */
function showInside(session) {
  const view = byId("layers-view");
  const shown = session.arms.map((arm) => arm.look && shownLayers(arm.look));
  const shape = JSON.stringify(
    shown.map((layers) => layers && layers.map((/** @type {any} */ l) => [l.title, Boolean(l.norm)])),
  );
  if (view.dataset.shape !== shape) {
    view.dataset.shape = shape;
    view.replaceChildren(...session.arms.map((arm, i) => armColumn(arm, i, shown[i])));
  }
  const axes = sharedAxes(shown);
  session.arms.forEach((arm, i) =>
    shown[i]?.forEach((/** @type {any} */ layer, /** @type {number} */ k) => {
      showLayer(
        view.children[i],
        layer,
        k,
        i,
        axes[k],
        arm.first && shownLayers(arm.first)[k]?.input?.histogram,
      );
    }),
  );
  showForgotten(session);
}

/** Half the width of the axis of each layer's inputs, the same for all arms: a power of two, 4 at least. */
function sharedAxes(/** @type {any[]} */ shown) {
  /** @type {number[]} */
  const axes = [];
  for (const layers of shown) {
    layers?.forEach((/** @type {any} */ { input }, /** @type {number} */ k) => {
      const far = input ? Math.max(-input.histogram.low, input.histogram.high) : 0;
      axes[k] = Math.max(axes[k] ?? 4, 2 ** Math.ceil(Math.log2(Math.max(far, 4))));
    });
  }
  return axes;
}

/** The layers of an inspection, gathered: each activation (or the last layer) with its weights and its normalizer.
 * @returns {{title: string, weights?: any, norm?: any, statistics?: any, input?: any, saturated?: number}[]} */
function shownLayers(/** @type {any} */ look) {
  const layers = [];
  /** @type {any} */
  let current = {};
  for (const one of Object.values(look.layers)) {
    if (one.parameters?.weight && /^(Linear|Conv)/.test(one.layer)) {
      if (current.weights) layers.push({ ...current, title: titleOf(layers.length, current) });
      current = { weights: one.parameters.weight, kind: one.layer };
    } else if (one.parameters?.weight) {
      current.norm = one.parameters;
      current.statistics = one.running_statistics;
    } else if (one.activation) {
      current.input = one.activation.input;
      current.saturated = one.activation.saturated ?? one.activation.zeros;
      current.activation = one.layer;
    }
  }
  if (current.weights) layers.push({ ...current, title: titleOf(layers.length, current) });
  return layers;
}

const titleOf = (/** @type {number} */ i, /** @type {any} */ layer) =>
  `${i + 1} · ${layer.activation ? layer.activation.replace("()", "") : "output"}`;

function armColumn(/** @type {Arm} */ arm, /** @type {number} */ i, /** @type {any[] | null} */ layers) {
  const head = el(
    "h3",
    {},
    el("span", { className: "swatch", style: `border-color:var(--arm${i})` }),
    arm.words,
  );
  const cards = (layers ?? []).map((layer) =>
    el(
      "div",
      { className: "layer" },
      el("h4", { textContent: layer.title }),
      ...(layer.input ? [el("canvas", { className: "histogram input", role: "img" })] : []),
      ...(layer.norm
        ? [
            el(
              "div",
              { className: "pair" },
              el(
                "div",
                {},
                el("canvas", { className: "histogram gamma", role: "img" }),
                el("small", { textContent: "γ" }),
              ),
              el(
                "div",
                {},
                el("canvas", { className: "histogram beta", role: "img" }),
                el("small", { textContent: "β" }),
              ),
            ),
          ]
        : []),
      el("p", { className: "numbers" }),
    ),
  );
  return el(
    "div",
    { className: "column" },
    head,
    ...(cards.length
      ? cards
      : [
          el("p", {
            className: "soft",
            textContent: "Its numbers come with the first evaluation; after a divergence there are none.",
          }),
        ]),
  );
}

/** @param {Element} column @param {any} layer @param {number} k @param {number} i @param {number} side @param {any} before */
function showLayer(column, layer, k, i, side, before) {
  const card = column.querySelectorAll(".layer")[k];
  const canvas = (/** @type {string} */ name) =>
    /** @type {HTMLCanvasElement} */ (card.querySelector(`canvas.${name}`));
  if (layer.input) {
    drawHistogram(canvas("input"), layer.input.histogram, armColour(i), [-side, side], before);
    canvas("input").setAttribute(
      "aria-label",
      `Inputs of activation ${k + 1}: mean ${shortNumber(layer.input.mean)}, ` +
        `deviation ${shortNumber(layer.input.deviation)}`,
    );
  }
  for (const [name, values, axis] of layer.norm
    ? [
        ["gamma", layer.norm.weight, [0, 2]],
        ["beta", layer.norm.bias, [-1, 1]],
      ]
    : []) {
    const h = values.values.histogram;
    const wide = [Math.min(axis[0], h.low), Math.max(axis[1], h.high)];
    drawHistogram(canvas(name), h, armColour(i), /** @type {[number, number]} */ (wide));
    canvas(name).setAttribute(
      "aria-label",
      `${name}: mean ${shortNumber(values.values.mean)}, ` +
        `from ${shortNumber(values.values.min)} to ${shortNumber(values.values.max)}`,
    );
  }
  /** @type {HTMLElement} */ (card.querySelector(".numbers")).textContent = layerWords(layer);
}

function layerWords(/** @type {any} */ layer) {
  const words = [];
  if (layer.input) {
    words.push(`mean ${shortNumber(layer.input.mean)}, deviation ${shortNumber(layer.input.deviation)}`);
    const name = layer.activation === "ReLU()" ? "zero" : "saturated";
    if (layer.saturated !== undefined) words.push(`${percent(layer.saturated, 0)} ${name}`);
  }
  words.push(
    `gradient ${shortNumber(layer.weights.gradient.norm)}`,
    `update/weight ${shortNumber(layer.weights.update_to_weight)}`,
  );
  if (layer.statistics) {
    words.push(
      `running mean off by ${shortNumber(layer.statistics.mean_distance.median)} deviations of the batch, ` +
        `variance × ${shortNumber(layer.statistics.variance_ratio.median)}`,
    );
  }
  return words.join(" · ");
}

/** @param {Session} session */
function showForgotten(session) {
  const table = byId("forgotten");
  table.hidden = !session.wanted.forget;
  if (table.hidden) return;
  const rows = session.arms.map((arm, i) => {
    const newest = arm.runs.at(-1)?.forgotten.at(-1);
    const own = newest
      ? percent(newest[1])
      : arm.batch_statistics
        ? "–"
        : "the same: it has no batch statistics";
    const name = el(
      "th",
      { scope: "row" },
      el("span", { className: "swatch", style: `border-color:var(--arm${i})` }),
      arm.words,
    );
    return el(
      "tr",
      {},
      name,
      el("td", { className: "n", textContent: percent(newest?.[2] ?? newestOf(arm)?.[3]) }),
      el("td", { className: newest ? "n" : "", textContent: own }),
    );
  });
  const heads = ["arm", "running statistics, after eval()", `each batch of ${session.wanted.forget} its own`];
  table.replaceChildren(
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col", textContent: h })))),
    el("tbody", {}, ...rows),
  );
}
