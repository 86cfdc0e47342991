# frozen_string_literal: true

# mandelbrot: eight threads compute rows of a picture; one op is one row.
require_relative '../../peers/protocol/quartet_peer'

WORKERS = 8
WIDTH = 512
HEIGHT = 512
ITERATIONS = 128
STRIDE = 317
STEP = 5.0 / 1024.0

def point(real, imaginary)
  zr = zi = 0.0
  n = 0
  while n < ITERATIONS
    zr2 = zr * zr
    zi2 = zi * zi
    break if zr2 + zi2 > 4.0

    zi = 2.0 * zr * zi + imaginary
    zr = zr2 - zi2 + real
    n += 1
  end
  n
end

def row(line)
  imaginary = -1.25 + STEP * line
  sum = 0
  WIDTH.times { |x| sum += point(-2.0 + STEP * x, imaginary) }
  sum
end

def work(task, ops, sums)
  sum = 0
  task.step(ops - 1, WORKERS) { |op| sum += row(op * STRIDE % HEIGHT) }
  sums << sum
end

def run(ops)
  sums = Thread::Queue.new
  collector = Thread.new { Array.new(WORKERS) { sums.pop } }
  workers = Array.new(WORKERS) { |t| Thread.new { work(t, ops, sums) } }
  workers.each(&:join)
  parts = collector.value
  QuartetPeer::Answer.new(workers.size + 1, parts.size, 8 * parts.size, parts.sum)
end

TINY = [8, QuartetPeer::Answer.new(9, 8, 64, 142180)].freeze

QuartetPeer.play(quantum: WORKERS, tiny: TINY) do |ops|
  run(ops)
end
