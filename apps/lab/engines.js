// @ts-check
// The engines of the page: one in the page itself, for what takes milliseconds, and workers, one for each arm or core.

/** The text of an element, as it stands in the page. */
const sourceOf = (/** @type {string} */ id) =>
  /** @type {HTMLElement} */ (document.getElementById(id)).textContent;

/** The engine's module, out of the page: base64, then gzip. */
const compiled = (async () => {
  const zipped = await (
    await fetch("data:application/octet-stream;base64," + sourceOf("engine-wasm")?.trim())
  ).blob();
  const stream = zipped.stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
})();

/** A worker with an engine, whose calls are answered in their order. */
class Remote {
  constructor() {
    const source = sourceOf("engine-script") + sourceOf("worker-script");
    this.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.calls = 0;
    /** @type {Promise<any>} */
    this.newest = Promise.resolve();
    this.bytes = 0;
    this.worker.onmessage = ({ data }) => {
      const call = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      this.bytes = data.bytes ?? this.bytes;
      if (data.error === undefined) call?.resolve(data.answer);
      else call?.reject(new Error(data.error));
    };
    compiled.then((module) => this.worker.postMessage({ module }));
  }

  /** @param {string} call @param {object} request @returns {Promise<any>} */
  async call(call, request = {}) {
    await compiled;
    const id = ++this.calls;
    this.newest = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, call, request });
    });
    return this.newest;
  }

  /** Ends it; its calls are answered by an error. */
  end() {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Error("ended"));
    this.waiting.clear();
  }

  /** When every call so far is answered. */
  async idle() {
    while (this.waiting.size > 0) await this.newest.catch(() => {});
  }
}

/** The engine of the page itself, with the manner of a Remote. */
const local = {
  /** @type {Promise<Engine> | undefined} */
  engine: undefined,
  /** @param {string} call @param {object} request @returns {Promise<any>} */
  async call(call, request = {}) {
    local.engine ??= compiled.then(Engine.create);
    const engine = await local.engine;
    try {
      return engine.call(call, request);
    } catch (error) {
      local.engine = undefined;
      throw new Error(messageOf(error));
    }
  },
};

/** Workers that stay for the next race or map; as many as were ever needed at a time. */
const workers = {
  /** @type {Remote[]} */
  all: [],
  /** The first `n` of them, once they are idle; one that still computes after a second is replaced. */
  async take(/** @type {number} */ n) {
    while (this.all.length < n) this.all.push(new Remote());
    const late = new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.race([late, Promise.all(this.all.slice(0, n).map((worker) => worker.idle()))]);
    for (let i = 0; i < n; ++i) {
      if (this.all[i].waiting.size === 0) continue;
      this.all[i].end();
      this.all[i] = new Remote();
    }
    return this.all.slice(0, n);
  },
};
