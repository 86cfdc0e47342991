# frozen_string_literal: true

# ping_pong: two threads hand a counter back and forth; one op is one round trip.
require_relative '../../peers/protocol/quartet_peer'

def ping(ops, there, back)
  hops = 0
  ops.times do
    there << hops + 1
    hops = back.pop
  end
  hops
end

def pong(ops, there, back)
  ops.times { back << there.pop + 1 }
end

def run(ops)
  there = Thread::Queue.new
  back = Thread::Queue.new
  threads = [Thread.new { ping(ops, there, back) }, Thread.new { pong(ops, there, back) }]
  hops, = threads.map(&:value)
  QuartetPeer::Answer.new(threads.size, hops, 8 * hops, hops)
end

TINY = [3, QuartetPeer::Answer.new(2, 6, 48, 6)].freeze

QuartetPeer.play(quantum: 1, tiny: TINY) do |ops|
  run(ops)
end
