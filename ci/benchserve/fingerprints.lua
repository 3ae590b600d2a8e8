-- Texts of 14 common words, each one token, so 16 with [CLS] and [SEP].
local words = {"the", "water", "of", "old", "river", "runs", "past", "house", "and", "garden", "into", "city", "people", "walk", "there", "every", "day", "with", "their", "children", "under", "high", "trees"}
math.randomseed(1)
local bodies = {}
for i = 1, 256 do
  local text = {}
  for j = 1, 14 do text[j] = words[math.random(#words)] end
  bodies[i] = '{"texts":["' .. table.concat(text, " ") .. '"]}'
end
local at = 0
function request()
  at = at % #bodies + 1
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, bodies[at])
end
