# frozen_string_literal: true

# The peers' side of the protocol (bench/peers/README.md): arguments, self-check, warm-up,
# the one timed run, the one line of JSON.
module QuartetPeer
  GROWTH = 8
  DEFAULTS = { 'ops' => 0, 'workers' => 1, 'size' => 0,
               'target_ns' => 100_000_000, 'warmup_ns' => 1_000_000_000 }.freeze
  LIMITS = { 'ops' => 2**33, 'workers' => 1024, 'size' => 2**53 - 1,
             'target_ns' => 3600 * 10**9, 'warmup_ns' => 3600 * 10**9 }.freeze

  # What a run counted.
  Answer = Struct.new(:units, :messages, :bytes, :checksum)

  # Ends the program with a line on stderr and an exit code.
  class Failure < StandardError
    attr_reader :code

    def initialize(code, message)
      super(message)
      @code = code
    end
  end

  module_function

  # Plays a program: ops are a multiple of quantum, tiny is [ops, Answer] of a case small
  # enough to know by heart, the block does one run: |ops| -> Answer.
  def play(quantum:, tiny:, &run)
    asked = read_arguments(ARGV, quantum)
    self_check(tiny, run)
    ops, warmup_ns = warm_up(quantum, run, asked)
    elapsed_ns, answer = timed(run, ops)
    report({ ops: ops }.merge(answer.to_h, elapsed_ns: elapsed_ns, warmup_ns: warmup_ns))
  rescue Failure => e
    warn e.message
    exit e.code
  end

  def read_arguments(words, quantum)
    given = {}
    words.each do |word|
      key, digits = word.split('=', 2)
      refuse("'#{word}' is not key=value") if digits.nil?
      refuse("unknown argument '#{word}'") unless DEFAULTS.key?(key)
      refuse("#{key} is given twice") if given.key?(key)

      given[key] = number(word, digits, LIMITS[key])
    end
    accept(DEFAULTS.merge(given), quantum)
  end

  def number(word, digits, limit)
    refuse("#{word} is not a whole number") unless digits.match?(/\A[0-9]{1,16}\z/)
    refuse("#{word} is more than #{limit}") if digits.to_i > limit
    digits.to_i
  end

  def accept(asked, quantum)
    ops, workers, size, target = asked.values_at('ops', 'workers', 'size', 'target_ns')
    refuse("ops=#{ops} is not a multiple of #{quantum}") unless (ops % quantum).zero?
    refuse("workers=#{workers}: one thread runs Ruby at a time") if workers != 1
    refuse('target_ns=0: at least 1') if target.zero?
    refuse("size=#{size}: this workload has no size") unless size.zero?

    asked
  end

  def refuse(why)
    raise Failure.new(2, why)
  end

  def self_check(tiny, run)
    ops, expected = tiny
    answer = run.call(ops)
    return if answer == expected

    raise Failure.new(3, "self-check of #{ops} ops: #{answer.to_h}, " \
                         "expected #{expected.to_h}")
  end

  # Runs grow until one takes target_ns, and go on until warmup_ns is spent. Calibrated
  # ops rest on a run at least half as long as the timed one. Returns [ops, ns spent].
  def warm_up(quantum, run, asked)
    wanted, target, warmup = asked.values_at('ops', 'target_ns', 'warmup_ns')
    n = quantum
    spent = 0
    loop do
      elapsed, = timed(run, n)
      spent += elapsed
      goal = [quantum, n * target / elapsed / quantum * quantum].max
      return [wanted.positive? ? wanted : goal, spent] if
        spent >= warmup && (wanted.positive? || goal <= 2 * n)

      n = [goal, GROWTH * n, wanted.positive? ? wanted : goal].min
    end
  end

  # One run; it takes at least one nanosecond. Returns [ns, answer].
  def timed(run, ops)
    start = now_ns
    answer = run.call(ops)
    [[now_ns - start, 1].max, answer]
  end

  def now_ns
    Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  end

  def report(fields)
    pairs = fields.map { |key, value| "\"#{key}\":#{value}" }
    puts "{\"schema\":\"quartet-peer/1\",#{pairs.join(',')}}"
  end
end
