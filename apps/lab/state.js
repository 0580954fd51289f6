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
  { name: "norm-position", label: "BN stands", values: ["before", "after"] },
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
  layers: "",
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
  map: "quick",
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
  for (const name of Object.keys(usualFields)) state[name] = params.get(name) ?? state[name];
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
  return arm;
}

/** Panels that look at the same race. */
const racePanels = ["race", "inside", "draw"];

const panels = ["race", "inside", "hand", "surface", "map", "draw"];

/** A race as the engine takes it (apps/lab/calls.h), of texts as on the command line. */
function raceRequest(/** @type {Record<string, any>} */ state) {
  const steps = Math.max(1, Math.round(Number(state.steps)) || 1);
  const common = { steps: String(steps), "eval-every": String(Math.max(1, Math.round(steps / 50))) };
  const network = state.model === "own" ? { layers: state.layers } : { model: state.model };
  const arms = state.arms.map((/** @type {ArmOptions} */ arm) => {
    const { depth, ...options } = arm;
    return {
      ...common,
      ...network,
      ...options,
      hidden: Array(Number(depth) || 1)
        .fill(100)
        .join(","),
    };
  });
  return { arms, seed: Number(state.seed) || 0, seeds: Number(state.seeds) || 1 };
}
