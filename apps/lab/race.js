// @ts-check
// The panel Race: the arms with their knobs, their curves and scores, and what a comparison would say.

const armColour = (/** @type {number} */ i) => colour(`--arm${i}`);

/** @param {Session} session */
function showRace(session) {
  const runs = session.arms.flatMap((arm, i) =>
    arm.runs.map((run, s) => ({ run, i, newest: s === arm.runs.length - 1 })),
  );
  const lines = (/** @type {(e: number[]) => number} */ value) =>
    runs.map(({ run, i, newest }) => ({
      points: run.evaluations.map((e) => [e[0], value(e)]).filter(([, y]) => Number.isFinite(y)),
      colour: armColour(i),
      width: newest ? 2.5 : 1,
    }));
  const forgotten = runs
    .filter(({ newest }) => newest)
    .map(({ run, i }) => ({ points: run.forgotten, colour: armColour(i), dash: [3, 4] }));
  const tens = Array.from({ length: 6 }, (_, i) => i / 5);
  drawLines(byId("accuracy-plot"), [...lines((e) => e[3]), ...forgotten], {
    x: session.steps,
    y: [0, 1],
    marks: [...tens, 0.9],
    name: (y) => percent(y, 0),
    xLabel: "steps",
  });
  drawLines(
    byId("loss-plot"),
    lines((e) => Math.log10(Math.max(e[2] ?? NaN, 1e-6))),
    { x: session.steps, y: [-1.5, 1], marks: [-1, 0, 1], name: (y) => String(10 ** y), xLabel: "steps" },
  );
  showScores(session);
  byId("accuracy-plot").setAttribute(
    "aria-label",
    "Test accuracy over the steps. " + session.arms.map(scoreWords).join("; "),
  );
  byId("loss-plot").setAttribute("aria-label", "Test loss over the steps, on a logarithmic scale");
  showNeeds(session);
  byId("finding").textContent = session.finding;
  byId("command").textContent = session.command;
  byId("commands").replaceChildren(
    ...session.arms.map((arm) => el("pre", {}, el("code", { textContent: arm.command }))),
  );
}

const newestOf = (/** @type {Arm} */ arm) => arm.runs.at(-1)?.evaluations.at(-1);

const scoreWords = (/** @type {Arm} */ arm) =>
  `${arm.words}: ${percent(newestOf(arm)?.[3])} after ${arm.step} steps`;

/** @param {Session} session */
function showScores(session) {
  const rows = session.arms.map((arm, i) => {
    const run = arm.runs.at(-1);
    const first = run && stepsTo(run, 0.9);
    const end =
      arm.lost || (run?.diverged_at ? `diverged at step ${run.diverged_at}` : percent(newestOf(arm)?.[3], 2));
    return el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        el("span", { className: "swatch", style: `border-color:var(--arm${i})` }),
        arm.words,
      ),
      el("td", { className: "n accuracy", textContent: end }),
      el("td", { className: "n", textContent: shortNumber(newestOf(arm)?.[2] ?? null) }),
      el("td", { className: "n", textContent: first?.toLocaleString("en") ?? (arm.running ? "–" : "never") }),
      el("td", { className: "n", textContent: arm.step.toLocaleString("en") }),
      el("td", { textContent: arm.network }),
    );
  });
  const heads = ["arm", "test accuracy", "test loss", "steps to 90%", "step", "network"];
  byId("scores").replaceChildren(
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...heads.map((h, i) =>
          el("th", { scope: "col", textContent: h, className: i > 0 && i < 5 ? "n" : "" }),
        ),
      ),
    ),
    el("tbody", {}, ...rows),
  );
}

/** Knobs that have no effect in their arm cannot be turned; the tip says what they need. @param {Session} session */
function showNeeds(session) {
  session.arms.forEach((arm, i) => {
    for (const knob of knobs) {
      const control = byId(`arm${i}-${knob.name}`);
      const need = arm.needs[knob.name === "depth" ? "hidden" : knob.name];
      if (!control || control.disabled === Boolean(need)) continue;
      control.disabled = Boolean(need);
      control.title = need ? `has no effect here: it needs ${need}` : "";
    }
  });
}

/** The arms' knobs. `changed(i, name, value)` is called when one is turned; `removed(i)` takes an arm away.
 * @param {ArmOptions[]} arms @param {(i: number, name: string, value: string) => void} changed
 * @param {(i: number) => void} removed */
function showArms(arms, changed, removed) {
  byId("arms").replaceChildren(
    ...arms.map((arm, i) => {
      const legend = el(
        "legend",
        {},
        el("span", { className: "swatch", style: `border-color:var(--arm${i})` }),
        `Arm ${i + 1}`,
      );
      const rows = knobs.map((knob) => knobRow(knob, arm, i, (value) => changed(i, knob.name, value)));
      const remove = el("button", {
        textContent: "Remove",
        onclick: () => removed(i),
        "aria-label": `Remove arm ${i + 1}`,
      });
      return el("fieldset", {}, legend, ...rows, ...(arms.length > 2 ? [remove] : []));
    }),
  );
  byId("add").hidden = arms.length >= 4;
}

/** What values are called that would not say what they are. @type {Record<string, string>} */
const valueNames = { default: "the usual", before: "before the activation", after: "after the activation" };

/** @param {any} knob @param {ArmOptions} arm @param {number} i @param {(value: string) => void} changed */
function knobRow(knob, arm, i, changed) {
  const id = `arm${i}-${knob.name}`;
  const value = arm[knob.name];
  const label = el("label", { htmlFor: id, textContent: knob.label });
  if (!knob.slide) {
    const values = knob.values.includes(value) ? knob.values : [...knob.values, value];
    const options = values.map((/** @type {string} */ v) =>
      el("option", { value: v, textContent: valueNames[v] ?? v }),
    );
    const select = el("select", { id, onchange: () => changed(select.value) }, ...options);
    select.value = value;
    return el("div", { className: "knob" }, label, select);
  }
  const output = el("output", { htmlFor: id, textContent: value });
  const nearest = nearestIndex(knob.values, value);
  const slider = el("input", {
    id,
    type: "range",
    min: "0",
    max: String(knob.values.length - 1),
    value: String(nearest),
    "aria-valuetext": value,
    oninput: () => {
      output.textContent = knob.values[Number(slider.value)];
      slider.setAttribute("aria-valuetext", output.textContent);
    },
    onchange: () => changed(knob.values[Number(slider.value)]),
  });
  return el("div", { className: "knob" }, label, slider, output);
}

/** The place of the value that is nearest on a log scale. */
function nearestIndex(/** @type {string[]} */ values, /** @type {string} */ value) {
  const away = values.map((v) => Math.abs(Math.log(Number(v) / Number(value))));
  return Math.max(0, away.indexOf(Math.min(...away)));
}
