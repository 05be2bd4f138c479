-- Each request records one new craving with a note; tokens and a seed come by the environment.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "told.lua")
local tokens = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do tokens[#tokens + 1] = line:match("%S+") end
local at = os.getenv("BENCH_AT")

local body = '{"id":"%08x-%04x-4%03x-8%03x-%08x%04x","kind":"craving","occurred_at":"%s",' ..
  '"recorded_at":"%s","time_zone":"America/Chicago","intensity":%d,"target":"alcohol",' ..
  '"triggers":["lonely","tired"],"outcome":"did_not_use","note":"walked along the lake, it passed"}'

function request()
  local r = math.random
  local sent = string.format(body, r(0, 0xffffffff), r(0, 0xffff), r(0, 0xfff), r(0, 0xfff),
    r(0, 0xffffffff), r(0, 0xffff), at, at, r(0, 10))
  return wrk.format("POST", nil, {
    ["Authorization"] = "Bearer " .. tokens[r(#tokens)], ["Content-Type"] = "application/json",
  }, sent)
end
