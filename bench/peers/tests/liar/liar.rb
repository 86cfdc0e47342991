# frozen_string_literal: true

# A peer whose tiny case comes out wrong: it must stop with exit code 3.
require_relative '../../peers/protocol/quartet_peer'

QuartetPeer.play(quantum: 1, tiny: [3, QuartetPeer::Answer.new(1, 0, 0, 4)]) do |ops|
  QuartetPeer::Answer.new(1, 0, 0, ops)
end
