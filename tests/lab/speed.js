// How fast the engine is as WebAssembly: its matrix product, and its training against the same sources compiled for this
// machine, in turn. Run on a quiet machine, as: node speed.js ENGINE.wasm SGEMM_SPEED.wasm NORMA_LAB_LINES
"use strict";
const fs = require("fs");
const { execFileSync } = require("child_process");
const { Engine } = require("../../apps/lab/engine.js");

const [, , wasm, sgemm, lines] = process.argv;
const networks = {
  "784-100-100-100-10, sigmoid": { norm: "none" },
  "the same with BN": { norm: "batch" },
  "cnn with BN": { model: "cnn", norm: "batch" },
};

const median = (/** @type {number[]} */ values) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function product() {
  const { exports } = await Engine.create(await WebAssembly.compile(fs.readFileSync(sgemm)));
  for (const size of [
    [60, 100, 784],
    [60, 100, 100],
    [784, 100, 60],
    [512, 512, 512],
  ]) {
    exports.sgemm_speed(...size, 20);
    console.log(`sgemm ${size.join(" × ")}: ${exports.sgemm_speed(...size, 200).toFixed(1)} GFLOP/s`);
  }
}

/** Seconds of that many steps, without those before and without evaluations. */
function native(/** @type {object} */ race, /** @type {number} */ steps) {
  const until = (/** @type {number} */ step) => ({ call: "steps", until: step, milliseconds: 1e9 });
  const requests = [{ call: "open", ...race }, until(20), until(20 + steps)];
  const input = requests.map((r) => JSON.stringify(r) + "\n").join("");
  const output = execFileSync(lines, [], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  return JSON.parse(output.trim().split("\n")[2]).seconds;
}

async function training() {
  const module = await WebAssembly.compile(fs.readFileSync(wasm));
  for (const [name, options] of Object.entries(networks)) {
    const steps = "model" in options ? 60 : 600;
    const arm = { steps: "100000", "eval-every": "100000", ...options };
    const race = { arms: [arm], seed: 1, seeds: 1, arm: 0 };
    /** @type {number[][]} */
    const times = [[], []];
    for (let round = 0; round < 5; ++round) {
      const engine = await Engine.create(module);
      engine.call("open", race);
      engine.call("steps", { until: 20, milliseconds: 1e9 });
      times[0].push(engine.call("steps", { until: 20 + steps, milliseconds: 1e9 }).seconds);
      times[1].push(native(race, steps));
    }
    const [ours, theirs] = times.map((t) => steps / median(t));
    const ratio = (ours / theirs).toFixed(2);
    console.log(`${name}: ${ours.toFixed(0)} steps a second, native ${theirs.toFixed(0)}: ${ratio} of it`);
  }
}

product().then(training);
