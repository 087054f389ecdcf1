-- wrk script: POST the given files in turn to the address. Arguments: full | minimal, then the files.
local requests, turn = {}, 0

function init(args)
   local headers = { ["Content-Type"] = "application/json", ["Host"] = wrk.headers["Host"] }
   for name, value in pairs(wrk.headers) do headers[name] = value end
   if args[1] == "minimal" then headers["Prefer"] = "return=minimal" end
   for i = 2, #args do
      local file = assert(io.open(args[i], "rb"))
      requests[i - 1] = wrk.format("POST", wrk.path, headers, file:read("*a"))
      file:close()
   end
end

function request()
   turn = turn % #requests + 1
   return requests[turn]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '\n{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50_ms":%f,"p99_ms":%f}\n',
      summary.requests, summary.duration / 1e6, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
