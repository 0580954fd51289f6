// @ts-check
// A worker with an engine of its own. It gets the compiled module first, then calls; each is answered with its number and
// an answer or the engine's message. After an error there is a new engine.

/** @type {WebAssembly.Module} */
let compiled;
/** @type {Promise<Engine>} */
let engine;

self.onmessage = async ({ data }) => {
  if (data.module) {
    compiled = data.module;
    engine = Engine.create(compiled);
    return;
  }
  const own = await engine;
  try {
    self.postMessage({ id: data.id, answer: own.call(data.call, data.request), bytes: own.size });
  } catch (error) {
    engine = Engine.create(compiled);
    self.postMessage({ id: data.id, error: messageOf(error) });
  }
};
