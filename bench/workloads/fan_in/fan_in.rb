# frozen_string_literal: true

# fan_in: eight threads push into one queue; one op is one message.
require_relative '../../peers/protocol/quartet_peer'

PRODUCERS = 8
MASK = 0xFFFFF

def produce(producer, ops, queue)
  producer.step(ops - 1, PRODUCERS) { |number| queue << (number & MASK) }
end

def consume(ops, queue)
  sum = 0
  ops.times { sum += queue.pop }
  sum
end

def run(ops)
  queue = Thread::Queue.new
  consumer = Thread.new { consume(ops, queue) }
  producers = Array.new(PRODUCERS) { |p| Thread.new { produce(p, ops, queue) } }
  producers.each(&:join)
  QuartetPeer::Answer.new(producers.size + 1, ops, 8 * ops, consumer.value)
end

TINY = [16, QuartetPeer::Answer.new(9, 16, 128, 120)].freeze

QuartetPeer.play(quantum: PRODUCERS, tiny: TINY) do |ops|
  run(ops)
end
