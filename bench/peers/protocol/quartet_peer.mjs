// The peers' side of the protocol (bench/peers/README.md): arguments, self-check,
// warm-up, the one timed run, the one line of JSON.

const GROWTH = 8;

class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// Plays a program: {quantum: ops are a multiple of it, run: async (ops) => answer,
// tiny: {ops, answer} small enough to know by heart}. An answer is {units, messages,
// bytes, checksum}.
export async function play(program) {
  try {
    const asked = readArguments(process.argv.slice(2), program);
    await selfCheck(program);
    const { ops, warmupNs } = await warmUp(program, asked);
    const { elapsedNs, answer } = await timed(program, ops);
    const { units, messages, bytes, checksum } = answer;
    console.log(JSON.stringify({
      schema: 'quartet-peer/1', ops, units, messages, bytes, checksum,
      elapsed_ns: elapsedNs, warmup_ns: warmupNs,
    }));
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = error instanceof Failure ? error.code : 1;
  }
}

function readArguments(words, program) {
  const asked = { ops: 0, workers: 1, size: 0, target_ns: 100e6, warmup_ns: 1e9 };
  const limits = { ops: 2 ** 33, workers: 1024, size: 2 ** 53 - 1,
    target_ns: 3600e9, warmup_ns: 3600e9 };
  const given = new Set();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 0) throw new Failure(2, `'${word}' is not key=value`);
    const key = word.slice(0, at);
    const digits = word.slice(at + 1);
    if (!Object.hasOwn(asked, key)) throw new Failure(2, `unknown argument '${word}'`);
    if (given.has(key)) throw new Failure(2, `${key} is given twice`);
    if (!/^[0-9]{1,16}$/.test(digits)) {
      throw new Failure(2, `${word} is not a whole number`);
    }
    if (Number(digits) > limits[key]) {
      throw new Failure(2, `${word} is more than ${limits[key]}`);
    }
    given.add(key);
    asked[key] = Number(digits);
  }
  if (asked.ops % program.quantum !== 0) {
    throw new Failure(2, `ops=${asked.ops} is not a multiple of ${program.quantum}`);
  }
  if (asked.workers !== 1) {
    throw new Failure(2, `workers=${asked.workers}: an event loop has one thread`);
  }
  if (asked.target_ns === 0) throw new Failure(2, 'target_ns=0: at least 1');
  if (asked.size !== 0) {
    throw new Failure(2, `size=${asked.size}: this workload has no size`);
  }
  return asked;
}

async function selfCheck({ run, tiny }) {
  const answer = await run(tiny.ops);
  for (const key of ['units', 'messages', 'bytes', 'checksum']) {
    if (answer[key] !== tiny.answer[key]) {
      throw new Failure(3, `self-check of ${tiny.ops} ops: ${key} is ${answer[key]}, ` +
        `expected ${tiny.answer[key]}`);
    }
  }
}

// Runs grow until one takes target_ns, and go on until warmup_ns is spent. Calibrated ops
// rest on a run at least half as long as the timed one.
async function warmUp(program, asked) {
  const { quantum } = program;
  const { ops: wanted, target_ns: targetNs, warmup_ns: warmupNs } = asked;
  let n = quantum;
  let spent = 0;
  for (;;) {
    const { elapsedNs } = await timed(program, n);
    spent += elapsedNs;
    const goal = Math.max(quantum,
      Math.floor(n * (targetNs / elapsedNs) / quantum) * quantum);
    if (spent >= warmupNs && (wanted > 0 || goal <= 2 * n)) {
      return { ops: wanted > 0 ? wanted : goal, warmupNs: spent };
    }
    n = Math.min(goal, GROWTH * n, wanted > 0 ? wanted : Infinity);
  }
}

// One run; it takes at least one nanosecond.
async function timed({ run }, ops) {
  const start = process.hrtime.bigint();
  const answer = await run(ops);
  return { elapsedNs: Math.max(Number(process.hrtime.bigint() - start), 1), answer };
}
