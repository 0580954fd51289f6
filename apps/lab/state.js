// @ts-check
// What the page shows, as one object, and as the hash of its address: a link restores it.

/** @typedef {Record<string, string>} ArmOptions */

/** The knobs of an arm: the option of the command line, its values, and what it is called. */
const knobs = [
  {
    name: "norm",
    label: "normalizer",
    values: ["none", "batch", "batch-renorm", "layer", "group:4", "instance", "weight", "spectral", "l1"],
  },
  {
    name: "lr",
    label: "rate",
    slide: true,
    values: [
      "0.001",
      "0.002",
      "0.005",
      "0.01",
      "0.02",
      "0.05",
      "0.1",
      "0.2",
      "0.3",
      "0.5",
      "1",
      "2",
      "3",
      "5",
      "10",
      "20",
      "30",
      "50",
      "100",
    ],
  },
  {
    name: "init-scale",
    label: "initial width ×",
    slide: true,
    values: ["0.01", "0.03", "0.1", "0.3", "1", "3", "10", "30", "100"],
  },
  {
    name: "depth",
    label: "hidden layers",
    slide: true,
    values: ["1", "2", "3", "4", "5", "6", "8", "10", "12", "16"],
  },
  { name: "activation", label: "activation", values: ["default", "sigmoid", "tanh", "relu", "leaky_relu"] },
  {
    name: "batch-size",
    label: "batch",
    slide: true,
    values: ["1", "2", "4", "8", "16", "30", "60", "120", "240", "500"],
  },
  { name: "norm-position", label: "norm stands", values: ["before", "after"] },
];

/** @type {ArmOptions} */
const usualArm = {
  norm: "none",
  lr: "1",
  "init-scale": "1",
  depth: "3",
  activation: "default",
  "batch-size": "60",
  "norm-position": "before",
};

/** The fields of the state beside the panel, the preset and the arms, as they are usually; each is a text. */
const usualFields = {
  model: "mlp",
  layers: "linear 100, norm, sigmoid, linear 10",
  steps: "3000",
  seed: "1",
  seeds: "1",
  forget: "",
  sheet: "",
  at: "0",
  scale: "100",
  descent: "0.3",
  walk: "30",
  from: "-0.5,2.5",
};

/** Whether a text is so many numbers, with commas between, each from `low` to `high`. */
const numbers = (/** @type {string} */ text, count = 1, low = -1e6, high = 1e6) =>
  text.split(",").length === count &&
  text.split(",").every((v) => v.trim() !== "" && Number(v) >= low && Number(v) <= high);

/** What the fields may be. @type {Record<string, (text: string) => boolean>} */
const allowed = {
  model: (text) => ["mlp", "cnn", "own"].includes(text),
  layers: () => true, // the engine says
  steps: (text) => numbers(text, 1, 1, 100_000),
  seed: (text) => numbers(text, 1, 0, 99_999),
  seeds: (text) => ["1", "3", "5"].includes(text),
  forget: (text) => text === "" || numbers(text, 1, 2, 2000),
  sheet: (text) =>
    text === "" ||
    text
      .split(";")
      .map((v, i) => numbers(v, i ? 3 : 12))
      .join() === "true,true,true",
  at: (text) => numbers(text, 1, 0, 11),
  scale: (text) => numbers(text, 1, 1, 100),
  descent: (text) => numbers(text, 1, 0, 1),
  walk: (text) => numbers(text, 1, 0, 200),
  from: (text) => numbers(text, 2),
};

/** @type {Record<string, any>} */
const presets = JSON.parse(sourceOf("presets") ?? "{}");

/** A preset's state.
 * @returns {Record<string, any>} */
function stateOf(/** @type {string} */ name) {
  const { panel = "race", title, question, arms = [], ...fields } = presets[name] ?? {};
  const full = (arms.length ? arms : presets.start.arms).map((/** @type {ArmOptions} */ a) => ({
    ...usualArm,
    ...a,
  }));
  return { ...usualFields, ...fields, panel, preset: name, arms: full };
}

/** The hash of a state: the preset, and what differs from it. */
function hashOf(/** @type {Record<string, any>} */ state) {
  const params = new URLSearchParams({ panel: state.panel });
  const known = stateOf(state.preset);
  if (state.preset !== "start") params.set("preset", state.preset);
  for (const name of Object.keys(usualFields)) {
    if (state[name] !== known[name]) params.set(name, state[name]);
  }
  if (JSON.stringify(state.arms) !== JSON.stringify(known.arms)) {
    for (const arm of state.arms) params.append("arm", armText(arm));
  }
  return "#" + params.toString().replaceAll("%3D", "=").replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** "norm=batch,lr=0.3": what is not as usual. */
const armText = (/** @type {ArmOptions} */ arm) =>
  Object.entries(arm)
    .filter(([name, value]) => name === "norm" || value !== usualArm[name])
    .map((pair) => pair.join("="))
    .join(",");

/** The state that a hash means; what it does not say is as in its preset, and what it cannot mean is left out. */
function readHash(/** @type {string} */ hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const preset = params.get("preset") ?? "start";
  const state = stateOf(preset in presets ? preset : "start");
  if (panels.includes(params.get("panel") ?? "")) state.panel = params.get("panel");
  for (const [name, text] of params) if (allowed[name]?.(text)) state[name] = text;
  const arms = params.getAll("arm").slice(0, 4);
  if (arms.length) state.arms = arms.map(readArm);
  return state;
}

function readArm(/** @type {string} */ text) {
  const arm = { ...usualArm };
  for (const pair of text.split(",")) {
    const [name, value] = pair.split("=");
    if (name in arm && value) arm[name] = value;
  }
  if (!numbers(arm.depth, 1, 1, 100)) arm.depth = usualArm.depth;
  return arm;
}

/** Panels that look at the same race. */
const racePanels = ["race", "inside", "draw"];

const panels = ["race", "inside", "hand", "surface", "map", "draw"];

/** A race as the engine takes it (apps/lab/calls.h), of texts as on the command line. */
function raceRequest(/** @type {Record<string, any>} */ state) {
  const steps = Math.round(Number(state.steps));
  const common = { steps: String(steps), "eval-every": String(Math.max(1, Math.round(steps / 50))) };
  const network = state.model === "own" ? { layers: state.layers } : { model: state.model };
  const arms = state.arms.map((/** @type {ArmOptions} */ arm) => {
    const { depth, ...options } = arm;
    return {
      ...common,
      ...network,
      ...options,
      hidden: Array(Math.round(Number(depth)))
        .fill(100)
        .join(","),
    };
  });
  return { arms, seed: Math.round(Number(state.seed)), seeds: Number(state.seeds) };
}
