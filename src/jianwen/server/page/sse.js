// @ts-check
/** Server-sent events over fetch: one parser for an answer (POST) and for the standing stream that mends itself. */

/** @typedef {{event: string, data: any}} ServerEvent */

/** The server sends a comment every 10 s; three missed ones mean that nobody is there. */
const SILENCE_MS = 30_000;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000];

export class StreamSilent extends Error {}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* events(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await soon(reader.read());
      rest += decoder.decode(value, { stream: !done }).replaceAll("\r", "");
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/**
 * @param {string} block the lines between two empty lines
 * @returns {ServerEvent | null} null for comments
 */
function parse(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}

/**
 * @template T
 * @param {Promise<T>} reading
 * @returns {Promise<T>}
 */
function soon(reading) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StreamSilent("silent")), SILENCE_MS);
    reading.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * A stream that is opened again, with growing pauses, whenever it ends.
 */
export class Standing extends EventTarget {
  /** @param {string} path */
  constructor(path) {
    super();
    this.path = path;
    this.failures = 0;
    /** @type {AbortController | null} */
    this.controller = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  async open() {
    this.close();
    const controller = new AbortController();
    this.controller = controller;
    this.#say("link", { state: "trying" });
    try {
      const response = await fetch(this.path, { signal: controller.signal, cache: "no-store" });
      if (!response.ok) throw new Error(String(response.status));
      this.failures = 0;
      this.#say("link", { state: "up" });
      for await (const { event, data } of events(response)) this.#say(event, data);
    } catch {
      // Whatever ended it, the answer is the same: wait and open it again.
    }
    if (!controller.signal.aborted) this.#later();
  }

  close() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = null;
  }

  #later() {
    const pause = BACK_OFF_MS[Math.min(this.failures, BACK_OFF_MS.length - 1)];
    this.failures += 1;
    this.#say("link", { state: "down", againAt: Date.now() + pause });
    this.timer = setTimeout(() => this.open(), pause);
  }

  /** @param {string} name @param {any} detail */
  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
