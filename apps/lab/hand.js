// @ts-check
// The panel By hand: batch normalization on three features and four examples, step by step.

const features = ["k=0", "k=1", "k=2"];
const examples = ["n=0", "n=1", "n=2", "n=3"];

/** What the sheet shows now: x by examples × features, γ, β, and the element of y whose gradient is shown.
 * @type {{x: number[], gamma: number[], beta: number[], at: number} | undefined} */
let sheet;

/** The sheet's numbers as the state holds them: "1,0,2,…;2,3,-1;0,0,1", or "" for the engine's own. */
const sheetText = () => (sheet ? [sheet.x, sheet.gamma, sheet.beta].map((v) => v.join(",")).join(";") : "");

/** Asks the engine for all steps, and shows them.
 * @param {{sheet: string, at: string}} state @param {(sheet: string, at: string) => void} changed */
async function showHand(state, changed) {
  const [x, gamma, beta] = state.sheet ? state.sheet.split(";").map((v) => v.split(",").map(Number)) : [];
  const given = state.sheet ? { x, gamma, beta } : {};
  const answer = await local.call("by-hand", { ...given, at: Number(state.at) || 0 });
  sheet = { x: answer.x, gamma: answer.gamma, beta: answer.beta, at: Number(state.at) || 0 };
  const update = () => changed(sheetText(), String(sheet?.at ?? 0));
  const view = byId("sheet");
  if (view.children.length === 0) buildSheet(view, update);
  fillSheet(view, answer);
}

/** γ and β that give back what was normalized. @param {(sheet: string, at: string) => void} changed */
async function undoNormalization(changed) {
  if (!sheet) return;
  const { std, mean } = await local.call("by-hand", { x: sheet.x, gamma: sheet.gamma, beta: sheet.beta });
  Object.assign(sheet, { gamma: std, beta: mean });
  changed(sheetText(), String(sheet.at));
}

/** The steps: title, formula, and their matrices; those that can be dragged, and y, of which one can be chosen. */
const sheetSteps = [
  [
    "1 · Given",
    "",
    [
      ["x", "x", 4, "drag"],
      ["W", "W", 3],
      ["b", "b", 1],
    ],
  ],
  ["2 · Linear", "h = W x + b", [["h", "h", 4]]],
  ["3 · ReLU", "a = max(0, h)", [["a", "a", 4]]],
  [
    "4 · Sum and mean",
    "μ = 1/m Σ a",
    [
      ["sum", "Σ", 1],
      ["mean", "μ", 1],
    ],
  ],
  [
    "5 · Variance, deviation",
    "σ² = 1/m Σ (a − μ)²",
    [
      ["variance", "σ²", 1],
      ["std", "√(σ² + ε)", 1],
    ],
  ],
  ["6 · Normalize", "x̂ = (a − μ)/√(σ² + ε)", [["xhat", "x̂", 4]]],
  [
    "7 · Scale and shift",
    "y = γ x̂ + β",
    [
      ["gamma", "γ", 1, "drag"],
      ["beta", "β", 1, "drag"],
      ["y", "y", 4, "choose"],
    ],
  ],
  [
    "Gradient",
    "of the number of y that is chosen",
    [
      ["da", "∂y/∂a", 4],
      ["dgamma", "∂y/∂γ", 1],
      ["dbeta", "∂y/∂β", 1],
    ],
  ],
];

/** @param {HTMLElement} view @param {() => void} update */
function buildSheet(view, update) {
  view.replaceChildren(
    ...sheetSteps.map(([title, formula, matrices]) =>
      el(
        "div",
        { className: "step" },
        el("h3", { textContent: title }),
        el("p", { className: "soft formula", textContent: formula }),
        el(
          "div",
          { className: "matrices" },
          .../** @type {any[]} */ (matrices).map((m) => matrixOf(m, update)),
        ),
      ),
    ),
  );
}

/** A matrix of features as rows; its cells are found by data-cell "name-index".
 * @param {any[]} matrix @param {() => void} update */
function matrixOf([name, title, columns, kind], update) {
  const heads = columns === 4 ? examples : name === "W" ? ["", "", ""] : [""];
  const rows = features.map((feature, k) =>
    el(
      "tr",
      { className: `feature${k}` },
      el("th", { scope: "row", textContent: feature }),
      ...heads.map((_, c) => {
        const index = columns === 4 ? c * 3 + k : columns === 3 ? k * 3 + c : k; // the engine has examples as rows
        const label = `${title}, ${feature}${columns === 4 ? `, ${examples[c]}` : ""}`;
        return el("td", {}, cellOf(name, index, kind, label, update));
      }),
    ),
  );
  return el(
    "table",
    { className: "matrix" },
    el("caption", { textContent: title }),
    ...(columns === 4
      ? [
          el(
            "thead",
            {},
            el("tr", {}, el("td"), ...heads.map((h) => el("th", { scope: "col", textContent: h }))),
          ),
        ]
      : []),
    el("tbody", {}, ...rows),
  );
}

/** @param {string} name @param {number} index @param {string | undefined} kind @param {string} label
 * @param {() => void} update */
function cellOf(name, index, kind, label, update) {
  const place = { "data-cell": `${name}-${index}` };
  if (kind === "choose") {
    return el("button", {
      ...place,
      "data-label": label,
      className: "choose",
      onclick: () => {
        if (sheet) sheet.at = index;
        update();
      },
    });
  }
  if (kind !== "drag") return el("span", place);
  const input = el("input", {
    ...place,
    "aria-label": label,
    type: "number",
    step: "0.1",
    className: "drag",
  });
  const set = () => {
    const value = Number(input.value);
    if (sheet && input.value !== "" && Number.isFinite(value))
      /** @type {any} */ (sheet)[name][index] = value;
    update();
  };
  input.oninput = set;
  draggable(input, set);
  return input;
}

/** Lets a number be dragged sideways, a tenth for every four pixels. */
function draggable(/** @type {HTMLInputElement} */ input, /** @type {() => void} */ set) {
  /** @type {{x: number, value: number} | undefined} */
  let from;
  input.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, value: Number(input.value) };
    input.setPointerCapture(event.pointerId);
  });
  input.addEventListener("pointermove", (event) => {
    const steps = from ? Math.round((event.clientX - from.x) / 4) : 0;
    if (!from || (steps === 0 && Number(input.value) === from.value)) return;
    input.value = String(Number((from.value + steps / 10).toFixed(3)));
    set();
  });
  for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => (from = undefined));
}

/** Puts the engine's numbers into the cells. */
function fillSheet(/** @type {HTMLElement} */ view, /** @type {any} */ answer) {
  for (const cell of view.querySelectorAll("[data-cell]")) {
    const [name, index] = String(cell.getAttribute("data-cell")).split("-");
    const value = answer[name][Number(index)];
    if (cell instanceof HTMLInputElement) {
      if (document.activeElement !== cell || Number(cell.value) !== value)
        cell.value = String(Number(value.toFixed(6)));
      continue;
    }
    if (value === null) {
      cell.textContent = "–";
      continue;
    }
    const whole = ["x", "W", "b", "h", "a", "sum"].includes(name) && Number.isInteger(value);
    cell.textContent = (whole ? String(value) : value.toFixed(name === "W" ? 0 : 3)).replace(/^-/, "−");
    if (name !== "y") continue;
    cell.setAttribute("aria-pressed", String(Number(index) === sheet?.at));
    cell.setAttribute("aria-label", `${cell.getAttribute("data-label")}: ${cell.textContent}`);
  }
}
