// @ts-check
// The engine in JavaScript: a WebAssembly instance, and its one door, which takes a JSON object and gives one.

/** What the C library asks of a system: the time. There are no files, no arguments and no environment. */
function systemOf(/** @type {() => DataView} */ memory) {
  const refused = () => 52; // ENOSYS
  const nothing = (/** @type {number} */ count, /** @type {number} */ size) => {
    memory().setUint32(count, 0, true);
    memory().setUint32(size, 0, true);
    return 0;
  };
  return new Proxy(
    {
      clock_time_get: (
        /** @type {number} */ _clock,
        /** @type {bigint} */ _precision,
        /** @type {number} */ at,
      ) => {
        memory().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
        return 0;
      },
      environ_sizes_get: nothing,
      args_sizes_get: nothing,
    },
    { get: (known, name) => Reflect.get(known, name) ?? refused },
  );
}

/** What went wrong, for people. */
function messageOf(/** @type {any} */ error) {
  if (error instanceof WebAssembly.RuntimeError) return `the engine stopped: ${error.message}`;
  return error.message === "std::bad_alloc" ? "there is not enough memory for this network" : error.message;
}

/** An engine. After an error it must not be called again: nothing was unwound. Make a new one, which takes some
 *  milliseconds. */
class Engine {
  constructor() {
    /** @type {any} what the instance exports */
    this.exports = undefined;
  }

  /** @param {WebAssembly.Module} module */
  static async create(module) {
    const engine = new Engine();
    const instance = await WebAssembly.instantiate(module, {
      wasi_snapshot_preview1: systemOf(() => new DataView(engine.exports.memory.buffer)),
      lab: {
        fail: (/** @type {number} */ at, /** @type {number} */ size) => {
          throw new Error(new TextDecoder().decode(engine.bytes(at, size)));
        },
      },
    });
    engine.exports = instance.exports;
    engine.exports._initialize();
    return engine;
  }

  /** A part of its memory. @param {number} at @param {number} size */
  bytes(at, size) {
    return new Uint8Array(this.exports.memory.buffer, at, size);
  }

  /** The answer of the engine to a call of apps/lab/calls.h. Throws an Error with the engine's message.
   * @param {string} name @param {object} request @returns {any} */
  call(name, request = {}) {
    const text = new TextEncoder().encode(JSON.stringify({ call: name, ...request }));
    this.bytes(this.exports.lab_request(text.length), text.length).set(text);
    const size = this.exports.lab_call();
    return JSON.parse(new TextDecoder().decode(this.bytes(this.exports.lab_answer(), size)));
  }

  /** Its memory, in bytes. */
  get size() {
    return this.exports.memory.buffer.byteLength;
  }
}

if (typeof module !== "undefined") module.exports = { Engine, messageOf };
