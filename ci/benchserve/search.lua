-- Searches of the 10 nearest in the ranking that RANKING names, by random activations or, where BY is code, by random codes, of 384 dimensions.
local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
math.randomseed(2)
local ranking = assert(os.getenv("RANKING"), "RANKING names none")
local function code()
  local code = {}
  for j = 1, 128 do local k = math.random(64); code[j] = letters:sub(k, k) end
  return '"' .. table.concat(code) .. '"'
end
local function activation()
  local row = {}
  for j = 1, 384 do row[j] = string.format("%.6f", math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())) end
  return "[" .. table.concat(row, ",") .. "]"
end
local by = os.getenv("BY") or "activation"
local make = assert(({code = code, activation = activation})[by], "BY is neither code nor activation")
local bodies = {}
for i = 1, 256 do
  bodies[i] = '{"' .. by .. '":' .. make() .. ',"k":10,"payload":false,"ranking":"' .. ranking .. '"}'
end
local at = 0
function request()
  at = at % #bodies + 1
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, bodies[at])
end
