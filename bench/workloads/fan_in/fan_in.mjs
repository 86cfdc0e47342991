// fan_in: eight async functions push into one queue; one op is one message.
import { play } from '../../peers/protocol/quartet_peer.mjs';

const PRODUCERS = 8;
const MASK = 0xFFFFF;

// Without a bound. `some` is settled once there is something to take.
class AsyncQueue {
  #items = [];
  #wake = null;

  push(value) {
    this.#items.push(value);
    const wake = this.#wake;
    if (wake !== null) {
      this.#wake = null;
      wake();
    }
  }

  some() {
    return this.#items.length > 0
      ? Promise.resolve()
      : new Promise((resolve) => { this.#wake = resolve; });
  }

  takeAll() {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}

// After each message the producer gives its turn away, as one that reads from a source
// does.
async function produce(p, ops, queue) {
  for (let i = 0; i < ops / PRODUCERS; i++) {
    queue.push((i * PRODUCERS + p) & MASK);
    await null;
  }
}

async function consume(ops, queue) {
  let messages = 0;
  let sum = 0;
  while (messages < ops) {
    await queue.some();
    for (const value of queue.takeAll()) {
      sum += value;
      messages++;
    }
  }
  return { messages, sum };
}

async function run(ops) {
  const queue = new AsyncQueue();
  const tasks = [consume(ops, queue)];
  for (let p = 0; p < PRODUCERS; p++) tasks.push(produce(p, ops, queue));
  const [{ messages, sum }] = await Promise.all(tasks);
  return { units: tasks.length, messages, bytes: 8 * messages, checksum: sum };
}

await play({
  quantum: PRODUCERS,
  run,
  tiny: { ops: 16, answer: { units: 9, messages: 16, bytes: 128, checksum: 120 } },
});
