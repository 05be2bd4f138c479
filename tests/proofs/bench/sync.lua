-- Each request sends a hundred new cravings with notes, in turn for each patient, with the cursor
-- that the patient's last answer gave. The first eight digits of an id say whose it is.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "told.lua")
local tokens, cursors = {}, {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do
  tokens[#tokens + 1], cursors[#tokens + 1] = line:match("(%S+) (%S+)")
end
local at = os.getenv("BENCH_AT")
local whose = 0

local op = '{"id":"%08x-%04x-4%03x-8%03x-%08x%04x","kind":"craving","occurred_at":"%s",' ..
  '"recorded_at":"%s","time_zone":"America/Chicago","intensity":%d,"target":"alcohol",' ..
  '"triggers":["lonely","tired"],"outcome":"did_not_use","note":"walked along the lake, it passed"}'

function request()
  local r, ops = math.random, {}
  whose = whose % #tokens + 1
  for n = 1, 100 do
    ops[n] = string.format(op, whose, r(0, 0xffff), r(0, 0xfff), r(0, 0xfff), r(0, 0xffffffff),
      r(0, 0xffff), at, at, r(0, 10))
  end
  return wrk.format("POST", nil, {
    ["Authorization"] = "Bearer " .. tokens[whose], ["Content-Type"] = "application/json",
  }, '{"cursor":"' .. cursors[whose] .. '","ops":[' .. table.concat(ops, ",") .. "]}")
end

function response(status, headers, body)
  local first = body:match('"id":"(%x%x%x%x%x%x%x%x)')
  local start = body:find('"cursor":"', 1, true)
  if first and start then
    cursors[tonumber(first, 16)] = body:match('([^"]*)', start + 10)
  end
end
