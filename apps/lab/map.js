// @ts-check
// The panel Map: rates × initial widths, with and without BN, trained over five seeds by as many engines as there are cores.

const mapRates = ["0.004", "0.02", "0.1", "0.6", "3"]; // each about five times the one before; 30 times is two further
const mapWidths = ["0.01", "0.1", "1", "10", "100"];
const mapSeeds = [1, 2, 3, 4, 5];
const mapNorms = ["none", "batch"];

const map = {
  /** Of each norm, seed, width and rate. @type {Record<string, (number | null)[][][]>} */
  accuracies: {},
  running: false,
  done: 0,
  judged: 0, // by how many seeds
  text: "",
  /** @type {any[]} */
  parts: [],
};

const mapJobs = () =>
  mapSeeds.flatMap((_, s) =>
    mapWidths.flatMap((_w, w) => mapRates.flatMap((_r, r) => mapNorms.map((norm) => ({ norm, s, w, r })))),
  );

/** Trains all cells; a second call ends it. */
async function trainMap(/** @type {() => void} */ changed) {
  if (map.running) {
    map.running = false;
    return;
  }
  Object.assign(map, { running: true, done: 0, judged: 0, parts: [], text: "" });
  for (const norm of mapNorms)
    map.accuracies[norm] = mapSeeds.map(() => mapWidths.map(() => mapRates.map(() => null)));
  const jobs = mapJobs();
  const remotes = await workers.take(Math.min(4, navigator.hardwareConcurrency || 2));
  const work = async (/** @type {Remote} */ remote) => {
    for (let job = jobs.shift(); job && map.running; job = jobs.shift()) {
      map.accuracies[job.norm][job.s][job.w][job.r] = await trainCell(remote, job);
      ++map.done;
      await judgeMap();
      changed();
    }
  };
  try {
    await Promise.all(remotes.map(work));
  } catch (error) {
    if (map.running) map.text = /** @type {Error} */ (error).message;
  }
  map.running = false;
  changed();
}

/** Judges by the seeds that are complete, from two on. */
async function judgeMap() {
  const complete = mapSeeds.filter((_, s) =>
    mapNorms.every((norm) => map.accuracies[norm][s].flat().every((a) => a !== null)),
  );
  if (complete.length < 2 || complete.length === map.judged) return;
  map.judged = complete.length;
  const of = (/** @type {string} */ norm) =>
    map.accuracies[norm].filter((seed) => seed.flat().every((a) => a !== null));
  const accuracies = { none: of("none"), batch: of("batch") };
  map.parts = (
    await local.call("map", { rates: mapRates.map(Number), widths: mapWidths.map(Number), accuracies })
  ).parts;
}

/** The test accuracy of a cell; a run that diverged counts as chance, as in the claims. */
async function trainCell(
  /** @type {Remote} */ remote,
  /** @type {{norm: string, s: number, w: number, r: number}} */ job,
) {
  const arm = {
    norm: job.norm,
    lr: mapRates[job.r],
    activation: "relu",
    init: "kaiming_normal",
    "init-scale": mapWidths[job.w],
    steps: "300",
    "eval-every": "300",
  };
  await remote.call("open", { arms: [arm], arm: 0, seed: mapSeeds[job.s], seeds: 1 });
  for (;;) {
    const answer = await remote.call("steps", { until: 300, milliseconds: 200 });
    if (answer.diverged_at) return 0.1;
    if (!answer.running) return answer.evaluations.at(-1)[3];
  }
}

/** The cells that are known, and the verdicts. */
function showMap() {
  const all = mapJobs().length;
  byId("map-run").textContent = map.running ? "Stop" : "Train the map";
  byId("map-status").textContent =
    map.text ||
    (map.running
      ? `${map.done} of ${all} networks`
      : map.done === all
        ? `all ${all} networks are trained`
        : map.done
          ? `stopped after ${map.done} of ${all}`
          : "");
  for (const norm of mapNorms) byId(`map-${norm}`).replaceChildren(mapTable(norm));
  const heads = [
    "claim",
    "what is measured",
    "expected",
    `got, 95% interval over ${map.judged} seeds`,
    "verdict",
  ];
  byId("map-verdicts").replaceChildren(
    ...(map.parts.length === 0
      ? []
      : [
          el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col", textContent: h })))),
          el(
            "tbody",
            {},
            ...map.parts.map((p) =>
              el(
                "tr",
                {},
                el("th", { scope: "row", textContent: p.claim }),
                el("td", { className: "wrap", textContent: p.effect }),
                el("td", { textContent: p.expected }),
                el("td", { textContent: p.got }),
                el("td", {}, el("span", { className: `badge ${p.verdict}`, textContent: p.verdict })),
              ),
            ),
          ),
        ]),
  );
}

function mapTable(/** @type {string} */ norm) {
  const rows = mapWidths.map((width, w) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", textContent: `× ${width}` }),
      ...mapRates.map((_, r) => {
        const known = (map.accuracies[norm] ?? []).map((seed) => seed[w][r]).filter((v) => v !== null);
        if (known.length === 0) return el("td", { className: "cell", textContent: "·" });
        const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
        const share = (mean - 0.1) / 0.9;
        return el("td", {
          className: "cell",
          textContent: Math.round(100 * mean),
          style: `background:rgb(${heat(share)});color:${share > 0.55 ? "#000" : "#fff"};opacity:${0.5 + known.length / 10}`,
        });
      }),
    ),
  );
  return el(
    "table",
    { className: "heat" },
    el("caption", { textContent: norm === "none" ? "without BN: test accuracy, %" : "with BN" }),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("td", { textContent: "width \\ rate" }),
        ...mapRates.map((r) => el("th", { scope: "col", textContent: r })),
      ),
    ),
    el("tbody", {}, ...rows),
  );
}
