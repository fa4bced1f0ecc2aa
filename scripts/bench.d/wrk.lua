-- SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
-- What wrk found, for programs: requests a second, the 99th percentile of the time that they took in
-- microseconds, and what failed.
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("found %.0f %.0f %d\n",
    summary.requests * 1e6 / summary.duration, latency:percentile(99), failed))
end
