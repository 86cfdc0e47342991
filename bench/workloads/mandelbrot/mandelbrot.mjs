// mandelbrot: eight async functions compute rows of a picture; one op is one row.
import { setImmediate } from 'node:timers/promises';
import { play } from '../../peers/protocol/quartet_peer.mjs';

const WORKERS = 8;
const WIDTH = 512;
const HEIGHT = 512;
const ITERATIONS = 128;
const STRIDE = 317;
const STEP = 5 / 1024;

function point(re, im) {
  let zr = 0;
  let zi = 0;
  let n = 0;
  while (n < ITERATIONS) {
    const zr2 = zr * zr;
    const zi2 = zi * zi;
    if (zr2 + zi2 > 4) break;
    zi = 2 * zr * zi + im;
    zr = zr2 - zi2 + re;
    n++;
  }
  return n;
}

function row(y) {
  const im = -1.25 + STEP * y;
  let sum = 0;
  for (let x = 0; x < WIDTH; x++) sum += point(-2 + STEP * x, im);
  return sum;
}

// Between two rows the task lets the loop turn, so that a server doing this would still
// answer its sockets.
async function work(t, ops, send) {
  let sum = 0;
  for (let op = t; op < ops; op += WORKERS) {
    sum += row(op * STRIDE % HEIGHT);
    await setImmediate();
  }
  send(sum);
}

// Resolves to what was sent to it, once each worker has sent.
function collector() {
  let send;
  const collected = new Promise((resolve) => {
    let messages = 0;
    let sum = 0;
    send = (part) => {
      messages++;
      sum += part;
      if (messages === WORKERS) resolve({ messages, sum });
    };
  });
  return { collected, send };
}

async function run(ops) {
  const { collected, send } = collector();
  for (let t = 0; t < WORKERS; t++) work(t, ops, send);
  const { messages, sum } = await collected;
  return { units: WORKERS + 1, messages, bytes: 8 * messages, checksum: sum };
}

await play({
  quantum: WORKERS,
  run,
  tiny: { ops: 8, answer: { units: 9, messages: 8, bytes: 64, checksum: 142180 } },
});
