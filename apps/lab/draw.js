// @ts-check
// The panel Draw a digit: what each arm says of it at this moment.

const paper = {
  size: 280,
  drawn: false,
  asked: 0, // when the arms were asked last
  /** @type {number[] | undefined} the digit as the networks take it, 28 × 28 */
  pixels: undefined,
  label: "",
};

/** Lets the paper be drawn on; `finished` is called after each stroke. */
function listenToPaper(/** @type {() => void} */ finished) {
  const canvas = byId("paper");
  const context = canvas.getContext("2d");
  /** @type {number[] | undefined} */
  let last;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * paper.size) / box.width,
      ((event.clientY - box.top) * paper.size) / box.height,
    ];
  };
  const line = (/** @type {number[]} */ from, /** @type {number[]} */ to) => {
    Object.assign(context, { lineWidth: 22, lineCap: "round", strokeStyle: "#fff" });
    stroke(context, [from, [to[0] + 0.1, to[1]]]);
  };
  canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!paper.drawn) clearPaper();
    Object.assign(paper, { drawn: true, label: "" });
    last = place(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (!last) return;
    line(last, place(event));
    last = place(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (last) finished();
      last = undefined;
    });
  }
  clearPaper();
}

function clearPaper() {
  const context = byId("paper").getContext("2d");
  context.fillStyle = "#000";
  context.fillRect(0, 0, paper.size, paper.size);
  Object.assign(paper, { drawn: false, pixels: undefined, label: "" });
}

/** The drawing as grey bytes, a quarter of its size: enough for 28 × 28. */
function drawing() {
  const small = el("canvas", { width: paper.size / 2, height: paper.size / 2 });
  const context = small.getContext("2d");
  context.drawImage(byId("paper"), 0, 0, small.width, small.height);
  const { data } = context.getImageData(0, 0, small.width, small.height);
  return {
    width: small.width,
    height: small.height,
    pixels: Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]),
  };
}

/** Puts a picture of 28 × 28 on a canvas. */
function showPixels(/** @type {HTMLCanvasElement} */ canvas, /** @type {number[] | undefined} */ pixels) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(28, 28);
  for (let i = 0; i < 784; ++i) image.data.set([...Array(3).fill(pixels?.[i] ?? 0), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

/** Prepares the drawing as `norma predict` does. */
async function prepareDrawing() {
  paper.pixels = paper.drawn ? (await local.call("prepare", drawing())).pixels : undefined;
}

/** Takes a digit of the test set in place of a drawing. */
async function takeDigit(/** @type {Session} */ session) {
  const digit = await session.arms[0].worker.call("digit", { index: Math.floor(Math.random() * 2000) });
  clearPaper();
  Object.assign(paper, { pixels: digit.pixels, label: String(digit.label) });
  const small = el("canvas", { width: 28, height: 28 });
  showPixels(small, digit.pixels);
  byId("paper").getContext("2d").drawImage(small, 0, 0, paper.size, paper.size);
}

/** Asks every arm, and shows its answers as bars; while a race runs, not more often than twice a second, and without
 *  telling a screen reader. @param {Session} session */
async function showAnswers(session, always = false) {
  const running = session.status === "running";
  if (running && !always && performance.now() < paper.asked + 500) return;
  paper.asked = performance.now();
  byId("answers").setAttribute("aria-live", running && !always ? "off" : "polite");
  showPixels(byId("prepared"), paper.pixels);
  const { pixels } = paper;
  if (!pixels || !session.trained) {
    byId("answers").replaceChildren(el("p", { className: "soft", textContent: "Nothing is drawn yet." }));
    return;
  }
  const answers = await Promise.all(
    session.arms.map((arm) => {
      const ended = arm.lost || (arm.runs.at(-1)?.diverged_at ? "it diverged" : "");
      if (ended) return { error: ended };
      return arm.worker
        .call("predict", { pixels })
        .catch((error) => (lose(arm, error), { error: error.message }));
    }),
  );
  const truth = paper.label && el("p", { textContent: `It was drawn as a ${paper.label}.` });
  byId("answers").replaceChildren(
    ...(truth ? [truth] : []),
    ...answers.map((answer, i) => answerBars(session.arms[i], i, answer)),
  );
}

/** @param {Arm} arm @param {number} i @param {any} answer */
function answerBars(arm, i, answer) {
  const head = el(
    "h3",
    {},
    el("span", { className: "swatch", style: `border-color:var(--arm${i})` }),
    `${arm.words}, step ${arm.step}`,
  );
  if (answer.error) return el("div", {}, head, el("p", { className: "error", textContent: answer.error }));
  const best = answer.probabilities.indexOf(Math.max(...answer.probabilities));
  const bars = answer.probabilities.map((/** @type {number} */ p, /** @type {number} */ digit) =>
    el(
      "div",
      { className: "bar", "aria-hidden": "true" },
      el("span", { style: `height:${Math.max(1, 100 * p)}%;background:var(--arm${i})` }),
      el("small", { textContent: digit }),
    ),
  );
  return el(
    "div",
    { className: "answer" },
    head,
    el("p", { textContent: `${best}, ${percent(answer.probabilities[best])} sure` }),
    el("div", { className: "bars" }, ...bars),
  );
}
