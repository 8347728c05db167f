-- wrk asks for random targets. Arguments: the targets' file, how many tags each has (0: none), a seed.
-- A line of the file is a path, a tab and an Authorization value; a tag's number is appended to the path.
local paths, tails, count, tags = {}, {}, 0, 0

function init(args)
  local file = args[1]
  tags = tonumber(args[2])
  math.randomseed(tonumber(args[3]))
  for line in io.lines(file) do
    local path, authorization = line:match("^([^\t]*)\t(.*)$")
    count = count + 1
    paths[count] = "GET " .. path
    local tail = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
    tail = tail .. "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json\r\n"
    if authorization ~= "" then
      tail = tail .. "Authorization: " .. authorization .. "\r\n"
    end
    tails[count] = tail .. "\r\n"
  end
end

function request()
  local at = math.random(count)
  if tags == 0 then
    return paths[at] .. tails[at]
  end
  return paths[at] .. math.random(0, tags - 1) .. tails[at]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
