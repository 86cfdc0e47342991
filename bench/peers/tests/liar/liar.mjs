// A peer whose tiny case comes out wrong: it must stop with exit code 3.
import { play } from '../../peers/protocol/quartet_peer.mjs';

const answer = (checksum) => ({ units: 1, messages: 0, bytes: 0, checksum });
await play({
  quantum: 1,
  run: async (ops) => answer(ops),
  tiny: { ops: 3, answer: answer(4) },
});
