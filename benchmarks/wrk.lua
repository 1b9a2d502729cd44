-- Makes wrk print what it measured as one line of JSON. With a number as its argument (after "--"), wrk posts that many bytes.
init = function(arguments)
  if arguments[1] then
    wrk.method = "POST"
    wrk.body = string.rep("x", tonumber(arguments[1]))
  end
end

done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "microseconds": %d, "errors": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
