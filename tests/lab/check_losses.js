// The engine as WebAssembly against the same sources compiled for this machine: the losses of the first steps of varied
// networks, and what an Error says. Run as: node check_losses.js ENGINE.wasm NORMA NORMA_LAB_LINES
"use strict";
const fs = require("fs");
const path = require("path");
const { execFileSync } = require("child_process");
const { Engine } = require("../../apps/lab/engine.js");

const [wasm, norma, lines] = process.argv.slice(2).map((file) => path.resolve(file));
const steps = 200;
const tolerance = 1e-6; // relative

// ReLU and max pooling choose between two numbers. Sooner or later these differ by rounding alone, and then the losses
// part in one step, from 7e-8 to 1e-5 as seen, as those of two kernels of one BLAS do too. So the fastest of the
// convolutional networks has tanh and average pooling, and the last is trained for a few steps only.
const configurations = require("./configurations.json");

/** The answers of the native engine to requests, one a line. */
function native(/** @type {object[]} */ requests) {
  const input = requests.map((r) => JSON.stringify(r) + "\n").join("");
  const output = execFileSync(lines, [], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function check(/** @type {boolean} */ ok, /** @type {string} */ text) {
  console.log(`${ok ? "ok  " : "FAIL"} ${text}`);
  if (!ok) process.exitCode = 1;
}

function raceOf(/** @type {object} */ options) {
  return {
    arms: [{ steps: String(steps), "eval-every": String(steps), ...options }],
    seed: 1,
    seeds: 1,
    arm: 0,
  };
}

async function compareLosses(/** @type {WebAssembly.Module} */ module) {
  const engine = await Engine.create(module);
  const run = { call: "steps", until: steps, milliseconds: 1e9 };
  for (const [name, options] of Object.entries(configurations)) {
    const race = raceOf(options);
    const [, expected] = native([{ call: "open", ...race }, run]);
    engine.call("open", race);
    const got = engine.call("steps", run);
    let largest = 0;
    let equal = 0;
    expected.losses.forEach((loss, i) => {
      largest = Math.max(largest, Math.abs(got.losses[i] - loss) / Math.abs(loss));
      equal += got.losses[i] === loss ? 1 : 0;
    });
    const all = Number(race.arms[0].steps);
    const there = got.losses.length === all && expected.losses.length === all;
    check(
      there && largest <= tolerance,
      `${name}: largest difference ${largest.toExponential(1)}, ${equal} of ` +
        `${all} losses equal; accuracy ${got.evaluations.at(-1)[3]}, native ${expected.evaluations.at(-1)[3]}`,
    );
  }
}

/** The native program's own door is the one that `norma train` goes through. */
function compareCommand() {
  const race = raceOf({ norm: "batch", "log-every": "1" });
  const [described, , run] = native([
    { call: "race", ...race },
    { call: "open", ...race },
    { call: "steps", until: steps, milliseconds: 1e9 },
  ]);
  const out = fs.mkdtempSync(path.join(require("os").tmpdir(), "norma-lab-"));
  const words = described.arms[0].command.split(" ").slice(1);
  execFileSync(norma, [...words, "--out", path.join(out, "run"), "--quiet"], { cwd: out });
  const metrics = fs
    .readFileSync(path.join(out, "run", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l));
  const losses = metrics.filter((m) => "batch_loss" in m).map((m) => m.batch_loss);
  fs.rmSync(out, { recursive: true });
  const same =
    losses.length === steps && losses.every((loss, i) => Math.fround(loss) === Math.fround(run.losses[i]));
  check(same, `${described.arms[0].command}: ${losses.length} losses, the same as by the engine's door`);
}

async function compareErrors(/** @type {WebAssembly.Module} */ module) {
  const wrong = {
    "batch of one": { norm: "batch", "batch-size": "1" },
    "unknown layer": { layers: "linear 10, bm, linear 10" },
    "not a number": { lr: "fast" },
  };
  for (const [name, options] of Object.entries(wrong)) {
    const request = { call: "open", ...raceOf(options) };
    const expected = native([request])[0].error;
    const engine = await Engine.create(module);
    let got = "no error";
    try {
      engine.call("open", request);
    } catch (error) {
      got = error.message;
    }
    const bare = (/** @type {string} */ text) => text.replace(/^--/, ""); // added by a catch, which the page has not
    check(bare(got) === bare(expected), `${name}: ${got}`);
  }
  const engine = await Engine.create(module);
  let got = "no error";
  try {
    engine.call("open", raceOf({ layers: "linear 100000, linear 100000, linear 10" }));
  } catch (error) {
    got = error.message;
  }
  check(got === "std::bad_alloc", `40 GB of weights: ${got}`);
}

async function main() {
  for (const program of [lines, norma]) {
    if (fs.existsSync(program)) continue;
    console.log(
      `SKIPPED: ${program} is not built (cmake --preset release && cmake --build --preset release)`,
    );
    process.exit(77);
  }
  const module = await WebAssembly.compile(fs.readFileSync(wasm));
  await compareLosses(module);
  compareCommand();
  await compareErrors(module);
}

main();
