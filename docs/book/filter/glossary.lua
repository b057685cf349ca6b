-- glossary.lua - the terms of the glossary, and the ways to them.

local page = require 'page'
local listings = require 'listings'

local stringify = pandoc.utils.stringify

-- Returns the anchor of the term that a block of the glossary explains, or nil.
local function term_of(block)
  local term = block.t == 'Para' and block.content[1] and block.content[1].t == 'Strong'
    and stringify(block.content[1]):gsub('%.$', '')
  return term and 'term-' .. listings.slug(term)
end

-- Each term of the glossary can be led to, and found: *see* names another.
return function(blocks)
  local anchors, letters = {}, {}
  for _, block in ipairs(blocks) do
    local term = term_of(block)
    if term then anchors[term], page.anchors[term] = page.unique(term), true end
    if block.t == 'Header' then
      letters[#letters + 1] = ('<a href="#%s">%s</a>'):format(block.identifier, stringify(block))
    end
  end
  local function see(inlines)
    for i = 1, #inlines - 2 do
      local other = inlines[i + 2]
      if stringify(inlines[i]):lower() == 'see' and other.t == 'Emph' then
        inlines[i + 2] = pandoc.Link({ other }, '#term-' .. listings.slug(stringify(other)))
      end
    end
    return inlines
  end
  local result = blocks:map(function(block)
    local term = term_of(block)
    if not term then return block end
    return pandoc.Div({ block:walk { Inlines = see } }, pandoc.Attr(anchors[term], { 'term' }))
  end)
  if not page.print then
    result:insert(2, page.html(('<p class="letters">%s</p>'):format(table.concat(letters, ' '))))
  end
  return result
end
