-- json.lua - writes JSON: Pandoc's own library for it is not in version 2.

local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\' }

-- Returns a value as JSON: a string, a number, or a table. A table without entries, or
-- with entry 1, is an array.
local function json(value)
  if type(value) == 'number' then return ('%d'):format(value) end
  if type(value) == 'string' then
    return ('"%s"'):format(value:gsub('[%c"\\]', function(character)
      return ESCAPES[character] or ('\\u%04x'):format(character:byte())
    end))
  end
  local parts = {}
  if next(value) == nil or value[1] ~= nil then
    for i, entry in ipairs(value) do parts[i] = json(entry) end
    return '[' .. table.concat(parts, ',') .. ']'
  end
  for name, entry in pairs(value) do parts[#parts + 1] = json(name) .. ':' .. json(entry) end
  table.sort(parts)
  return '{' .. table.concat(parts, ',\n') .. '}'
end

return json
