-- What every script of ours tells at its end, and a seed of its own for each thread.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("seed", os.time() * 16 + threads)
end

function init(args)
  math.randomseed(seed)
end

function done(summary, latency)
  io.write(string.format('\n{"requests":%d,"seconds":%f,"refused":%d,"lost":%d,"p50_ms":%f,"p99_ms":%f}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
