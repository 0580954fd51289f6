// @ts-check
// A race while it runs: an engine for each arm, all at the same step. Race, Inside and Draw a digit look at the same one.

/** @typedef {{seed: number, evaluations: number[][], forgotten: number[][], diverged_at: number | null}} Run */
/** @typedef {{words: string, command: string, needs: Record<string, string>, network: string, parameters: number, batch_size: number,
 *   batch_statistics: boolean, worker: Remote, runs: Run[], step: number, running: boolean, lost: string, look: any, first: any}} Arm */

class Session {
  /** @param {() => void} changed called after each change, at most once a frame */
  constructor(changed) {
    this.changed = changed;
    /** @type {Arm[]} */
    this.arms = [];
    this.steps = 1;
    this.every = 1;
    this.seeds = 1;
    this.status = "idle"; // "preparing", "running", "paused", "finished", "refused"
    this.message = ""; // of a race that is refused
    this.command = "";
    this.finding = "";
    this.generation = 0; // of races: what belongs to an earlier one ends
    /** Looks to take of each arm after an evaluation, as the panels want them. */
    this.wanted = { inside: false, forget: 0 };
    this.looked = 0;
    /** @type {() => void} */
    this.goOn = () => {};
    this.drawing = false;
  }

  /** Tells the page, in the next frame. */
  tell() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.changed();
    });
  }

  /** Starts a race, in place of the one that runs. */
  async start(/** @type {any} */ request) {
    const generation = ++this.generation;
    this.goOn();
    Object.assign(this, { status: "preparing", message: "", finding: "", command: "", seeds: request.seeds });
    this.steps = Number(request.arms[0].steps);
    this.every = Number(request.arms[0]["eval-every"]);
    try {
      const described = await local.call("race", request);
      if (generation !== this.generation) return;
      this.command = described.command;
      const remotes = await workers.take(request.arms.length);
      if (generation !== this.generation) return;
      this.arms = described.arms.map((/** @type {any} */ arm, /** @type {number} */ i) => ({
        ...arm,
        worker: remotes[i],
        network: "",
        parameters: 0,
        batch_size: 0,
        batch_statistics: false,
        runs: [],
        step: 0,
        running: true,
        lost: "",
        look: null,
        first: null,
      }));
      for (let s = 0; s < request.seeds && generation === this.generation; ++s) {
        await this.open(request, s, generation);
        await this.train(generation);
      }
      if (generation === this.generation) await this.finish(request);
    } catch (error) {
      if (generation !== this.generation) return;
      Object.assign(this, { status: "refused", message: /** @type {Error} */ (error).message });
    }
    this.tell();
  }

  /** Every arm's run of one seed, at step 0. */
  async open(/** @type {any} */ request, /** @type {number} */ s, /** @type {number} */ generation) {
    const seed = request.seed + s;
    const opened = await Promise.all(
      this.arms.map((arm, i) => arm.worker.call("open", { ...request, arm: i, run_seed: seed })),
    );
    if (generation !== this.generation) return;
    this.arms.forEach((arm, i) => {
      Object.assign(arm, opened[i], { step: 0, running: true, lost: "", look: null, first: null });
      arm.runs.push({ seed, evaluations: [], forgotten: [], diverged_at: null });
    });
    if (this.status === "preparing") this.status = "running";
    this.tell();
  }

  /** To the end of the runs of one seed: all arms to the next evaluation, the next request first, then the picture. */
  async train(/** @type {number} */ generation) {
    let until = this.every;
    let pending = this.advance(until);
    while (generation === this.generation) {
      const answers = await pending;
      if (generation !== this.generation) return;
      this.arms.forEach((arm, i) => record(arm, answers[i]));
      const running = this.arms.filter((arm) => arm.running);
      if (running.length === 0) break;
      if (this.status === "paused") await this.resumed();
      if (generation !== this.generation) return;
      if (running.every((arm) => arm.step >= until)) until += this.every;
      const due = answers.some((answer) => answer?.evaluations.length);
      const look = due && this.look(generation);
      pending = this.advance(until);
      this.tell();
      await look;
    }
    await this.look(generation, true);
  }

  /** Each arm to that step, or as far as it comes in a tenth of a second. */
  advance(/** @type {number} */ until) {
    return Promise.all(
      this.arms.map((arm) =>
        arm.running
          ? arm.worker.call("steps", { until, milliseconds: 100 }).catch((error) => lose(arm, error))
          : null,
      ),
    );
  }

  /** What the panels want to see of each arm, not more often than four times a second. */
  async look(/** @type {number} */ generation, always = false) {
    const jobs = [];
    if (this.wanted.inside && (always || performance.now() > this.looked + 250)) {
      this.looked = performance.now();
      for (const arm of this.arms) jobs.push(this.lookInside(arm));
    }
    if (this.wanted.forget) {
      const asked = this.arms.filter((arm) => arm.batch_statistics && (arm.running || always) && !arm.lost);
      for (const arm of asked) jobs.push(this.forget(arm));
    }
    await Promise.all(jobs);
    if (jobs.length && generation === this.generation) this.tell();
  }

  async lookInside(/** @type {Arm} */ arm) {
    if (arm.step === 0 || arm.lost || arm.runs.at(-1)?.diverged_at) return;
    arm.look =
      (await arm.worker.call("inside", { samples: 300 }).catch((error) => lose(arm, error))) ?? arm.look;
    arm.first ??= arm.look;
  }

  /** Tests an arm as if eval() had been forgotten. */
  async forget(/** @type {Arm} */ arm) {
    const run = /** @type {Run} */ (arm.runs.at(-1));
    const step = arm.step;
    if (run.diverged_at) return;
    const scores = await arm.worker
      .call("score", { batch: this.wanted.forget })
      .catch((error) => lose(arm, error));
    if (scores) run.forgotten.push([step, scores.batch[1], scores.running[1]]);
  }

  async finish(/** @type {any} */ request) {
    const runs = this.arms.flatMap((arm, i) => arm.runs.map((run) => ({ arm: i, ...run })));
    this.finding = (await local.call("finding", { ...request, runs })).finding;
    this.status = "finished";
  }

  pause() {
    if (this.status === "running") this.status = "paused";
    else if (this.status === "paused") {
      this.status = "running";
      this.goOn();
    }
    this.tell();
  }

  resumed() {
    return new Promise((resolve) => (this.goOn = () => resolve(undefined)));
  }

  /** Whether there are networks to look at or to ask. */
  get trained() {
    return this.arms.length > 0 && this.arms.every((arm) => arm.runs.length > 0);
  }
}

/** Ends an arm whose engine gave an error, and with it is gone: numbers past all bounds. */
function lose(/** @type {Arm} */ arm, /** @type {Error} */ error) {
  Object.assign(arm, { running: false, lost: error.message });
  return null;
}

/** Puts down what an arm's steps came to. */
function record(/** @type {Arm} */ arm, /** @type {any} */ answer) {
  if (!answer) return;
  const run = /** @type {Run} */ (arm.runs.at(-1));
  run.evaluations.push(...answer.evaluations);
  run.diverged_at = answer.diverged_at;
  arm.step = answer.step;
  arm.running = answer.running;
}

/** The first evaluated step with this accuracy; undefined if there is none. */
const stepsTo = (/** @type {Run} */ run, /** @type {number} */ level) =>
  run.evaluations.find((e) => e[3] >= level)?.[0];
