-- Searches of the 10 nearest codes by random codes of 384 dimensions, in the ranking that RANKING names.
local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
math.randomseed(2)
local ranking = os.getenv("RANKING") or "dot"
local bodies = {}
for i = 1, 256 do
  local code = {}
  for j = 1, 128 do local k = math.random(64); code[j] = letters:sub(k, k) end
  bodies[i] = '{"code":"' .. table.concat(code) .. '","k":10,"payload":false,"ranking":"' .. ranking .. '"}'
end
local at = 0
function request()
  at = at % #bodies + 1
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, bodies[at])
end
