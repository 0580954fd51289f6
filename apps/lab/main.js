// @ts-check
// The page: its panels, its presets, and what each control changes. Every change goes through `change`, which keeps the
// address, starts a race again where it has to, and shows the panel.

let state = readHash(location.hash);
const session = new Session(() => showPanel());

/** Changes the state; `restart`: the race is another one now. */
function change(/** @type {Record<string, any>} */ fields, restart = false) {
  const known = stateOf(state.preset);
  for (const name of Object.keys(fields)) {
    if (allowed[name] && !allowed[name](fields[name])) fields[name] = known[name];
  }
  state = { ...state, ...fields };
  history.replaceState(null, "", hashOf(state));
  showControls();
  if (restart) race();
  else showPanel();
}

function race() {
  session.start(raceRequest(state));
}

/** A race is needed where its networks are looked at. */
const needsRace = () => racePanels.includes(state.panel);

/** What a panel asks: the preset's question if that is for such a panel, else the panel's own. */
function question() {
  const group = (/** @type {string} */ panel) => (racePanels.includes(panel) ? "race" : panel);
  const own = presets[state.preset];
  if (state.panel === "draw") return "What does each network see in your digit?";
  if (own && group(own.panel) === group(state.panel)) return own.question;
  return Object.values(presets).find((preset) => preset.panel === state.panel)?.question ?? "";
}

function openPanel(/** @type {string} */ panel) {
  change({ panel });
  if (needsRace() && session.status === "idle") race();
  if (needsRace() && map.running) trainMap(showMap);
}

function openPreset(/** @type {string} */ name) {
  state = stateOf(name);
  change({}, needsRace());
}

/** The newest drawing of a panel that asks the engine: an older one that is late is not shown. */
let shownHash = "";

function showPanel() {
  showStatus();
  session.wanted = { inside: state.panel === "inside", forget: state.forget ? Number(state.forget) : 0 };
  if (state.panel === "race") showRace(session);
  if (state.panel === "inside") showInside(session);
  if (state.panel === "map") showMap();
  if (state.panel === "draw") showAnswers(session);
  const hash = hashOf(state);
  if (hash === shownHash) return;
  shownHash = hash;
  if (state.panel === "hand")
    report(showHand(/** @type {any} */ (state), (sheet, at) => change({ sheet, at })));
  if (state.panel === "surface") report(showSurface(/** @type {any} */ (state)));
  if (state.panel === "inside" && session.status === "finished") {
    Promise.all(session.arms.map((arm) => session.lookInside(arm))).then(() => showInside(session));
  }
}

/** Shows the engine's message if it refuses. */
function report(/** @type {Promise<any>} */ work) {
  work.then(
    () => message(""),
    (error) => message(error.message),
  );
}

function message(/** @type {string} */ text) {
  byId("message").textContent = text;
  byId("message").hidden = !text;
}

function showStatus() {
  const { status, arms } = session;
  const step = Math.min(...arms.map((arm) => arm.step));
  const seeds = session.seeds > 1 && arms.length ? `, seed ${arms[0].runs.length} of ${session.seeds}` : "";
  const words = {
    idle: "",
    preparing: "drawing digits …",
    refused: "",
    running: arms.length
      ? `step ${step.toLocaleString("en")} of ${session.steps.toLocaleString("en")}${seeds}`
      : "",
    paused: `paused at step ${step.toLocaleString("en")}`,
    finished: `finished after ${session.steps.toLocaleString("en")} steps`,
  };
  const text = words[/** @type {keyof typeof words} */ (status)];
  // A screen reader hears of the end, and of every tenth of the way.
  byId("status").setAttribute("aria-busy", String(status === "running"));
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("status").setAttribute("aria-live", status === "running" ? "off" : "polite");
  byId("again").hidden = !["running", "paused"].includes(status);
  byId("run").textContent = status === "running" ? "Pause" : status === "paused" ? "Go on" : "Run";
  if (needsRace()) message(session.message);
}

function showControls() {
  for (const panel of panels) {
    const chosen = panel === state.panel;
    byId(panel).hidden = !chosen;
    byId(`tab-${panel}`).setAttribute("aria-selected", String(chosen));
    byId(`tab-${panel}`).tabIndex = chosen ? 0 : -1;
  }
  for (const button of byId("presets-bar").children) {
    button.setAttribute("aria-pressed", String(button.dataset.preset === state.preset));
  }
  byId("question").textContent = question();
  for (const id of ["presets-bar", "run-bar", "status"]) byId(id).hidden = !needsRace();
  for (const name of ["steps", "seed", "seeds", "model", "layers"]) byId(name).value = state[name];
  byId("own").hidden = state.model !== "own";
  byId("forget").checked = Boolean(state.forget);
  byId("forget-batch").value = state.forget || Math.max(2, Number(state.arms[0]["batch-size"]));
  byId("dotted").hidden = !state.forget;
  const arms = JSON.stringify(state.arms);
  if (byId("arms").dataset.shown === arms) return;
  byId("arms").dataset.shown = arms;
  showArms(
    state.arms,
    (i, name, value) => changeArm(i, { [name]: value }),
    (i) =>
      change({ arms: state.arms.filter((/** @type {any} */ _, /** @type {number} */ k) => k !== i) }, true),
  );
}

/** Turns a knob of an arm; the control keeps the focus, though it is made again. */
function changeArm(/** @type {number} */ i, /** @type {ArmOptions} */ options) {
  const focus = document.activeElement?.id;
  change(
    {
      arms: state.arms.map((/** @type {any} */ arm, /** @type {number} */ k) =>
        k === i ? { ...arm, ...options } : arm,
      ),
    },
    true,
  );
  if (focus) byId(focus)?.focus();
}

function listen() {
  const tabs = panels.map((panel) => byId(`tab-${panel}`));
  tabs.forEach((tab, i) => {
    tab.onclick = () => openPanel(panels[i]);
    tab.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (i + step + panels.length) % panels.length;
      openPanel(panels[next]);
      tabs[next].focus();
    };
  });
  const ofRaces = Object.entries(presets).filter(([, preset]) => racePanels.includes(preset.panel));
  byId("presets-bar").replaceChildren(
    ...ofRaces.map(([name, preset]) =>
      el("button", { textContent: preset.title, "data-preset": name, onclick: () => openPreset(name) }),
    ),
  );
  byId("run").onclick = () => (["running", "paused"].includes(session.status) ? session.pause() : race());
  byId("again").onclick = race;
  for (const name of ["steps", "seed", "seeds", "model", "layers"]) {
    byId(name).onchange = () => change({ [name]: byId(name).value }, true);
  }
  byId("add").onclick = () => {
    const norm = knobs[0].values.find((v) =>
      state.arms.every((/** @type {ArmOptions} */ arm) => arm.norm !== v),
    );
    change({ arms: [...state.arms, { ...state.arms.at(-1), norm }] }, true);
  };
  byId("copy").onclick = copyCommand;
  byId("forget").onchange = () =>
    change({ forget: byId("forget").checked ? byId("forget-batch").value : "" });
  byId("forget-batch").onchange = () => state.forget && change({ forget: byId("forget-batch").value });
  listenToLessons();
  window.addEventListener("hashchange", () => {
    state = readHash(location.hash);
    change({}, needsRace());
  });
  window.addEventListener("resize", () => {
    shownHash = "";
    showPanel();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showPanel());
}

function listenToLessons() {
  byId("sheet-undo").onclick = () => report(undoNormalization((sheet, at) => change({ sheet, at })));
  byId("sheet-again").onclick = () => change({ sheet: "", at: "0" });
  for (const name of /** @type {const} */ (["scale", "descent", "walk"])) {
    byId(name).oninput = () => change({ [name]: String(slides[name](Number(byId(name).value))) });
  }
  const from = () =>
    change({ from: `${Number(byId("from-1").value) || 0},${Number(byId("from-2").value) || 0}` });
  byId("from-1").onchange = byId("from-2").onchange = from;
  byId("walk-one").onclick = () => change({ walk: String(Math.min(200, Number(state.walk) + 1)) });
  for (const kind of ["raw", "normalized"]) {
    byId(`surface-${kind}`).onclick = (/** @type {MouseEvent} */ event) =>
      change({ from: weightsAt(byId(`surface-${kind}`), event) });
  }
  byId("map-run").onclick = () => {
    session.generation += 1; // the map takes the engines
    session.status = "idle";
    trainMap(showMap);
  };
  listenToPaper(() => draw(prepareDrawing()));
  byId("paper-clear").onclick = () => {
    clearPaper();
    draw(Promise.resolve());
  };
  byId("paper-digit").onclick = () => session.trained && draw(takeDigit(session));
}

async function draw(/** @type {Promise<any>} */ work) {
  const problem = await work.then(
    () => "",
    (/** @type {Error} */ error) => error.message,
  );
  byId("draw-message").textContent = problem;
  byId("draw-message").hidden = !problem;
  showAnswers(session, true);
}

async function copyCommand() {
  const text = session.command;
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (!copied) getSelection()?.selectAllChildren(byId("command"));
  byId("copied").textContent = copied ? "copied" : "selected: copy it with Ctrl-C";
}

listen();
showControls();
if (needsRace()) race();
showPanel();
