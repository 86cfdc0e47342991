// ping_pong: two async functions hand a counter back and forth; one op is one round trip.
import { play } from '../../peers/protocol/quartet_peer.mjs';

// One place. A put resolves the promise that the other side awaits, so that side goes on
// in the microtask queue: a hop never waits for a turn of the loop.
class Box {
  #full = false;
  #value;
  #taker = null;

  put(value) {
    const taker = this.#taker;
    if (taker !== null) {
      this.#taker = null;
      taker(value);
    } else {
      this.#full = true;
      this.#value = value;
    }
  }

  take() {
    if (this.#full) {
      this.#full = false;
      return Promise.resolve(this.#value);
    }
    return new Promise((resolve) => { this.#taker = resolve; });
  }
}

async function ping(ops, there, back) {
  let hops = 0;
  for (let i = 0; i < ops; i++) {
    there.put(hops + 1);
    hops = await back.take();
  }
  return hops;
}

async function pong(ops, there, back) {
  for (let i = 0; i < ops; i++) {
    back.put(await there.take() + 1);
  }
}

async function run(ops) {
  const there = new Box();
  const back = new Box();
  const [hops] = await Promise.all([ping(ops, there, back), pong(ops, there, back)]);
  return { units: 2, messages: hops, bytes: 8 * hops, checksum: hops };
}

await play({
  quantum: 1,
  run,
  tiny: { ops: 3, answer: { units: 2, messages: 6, bytes: 48, checksum: 6 } },
});
