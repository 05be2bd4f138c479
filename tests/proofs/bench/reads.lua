-- Each request reads one of the addresses given by the environment, under one sign-in.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "told.lua")
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local headers = {["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")}
local at = 0

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end
