-- contents.lua - what a page says, section by section, as plain text for the search.

local stringify = pandoc.utils.stringify
local ENTITIES = { lt = '<', gt = '>', amp = '&', quot = '"' }

-- Returns the text of HTML.
local function text_of(html)
  return (html:gsub('<[^>]*>', ''):gsub('&#(%d+);', function(number)
    return utf8.char(tonumber(number))
  end):gsub('&(%a+);', ENTITIES))
end

local function spaced(block)
  block.content:insert(pandoc.Space())
  return block
end

-- Returns the text of a block, with blanks between its paragraphs.
local function text(block)
  local whole = pandoc.Pandoc { block }
  whole = whole:walk { -- what Pandoc leaves out of a text
    RawBlock = function(raw) return pandoc.Para { pandoc.Str(text_of(raw.text)) } end,
    CodeBlock = function(code) return pandoc.Para { pandoc.Str(code.text) } end,
    RawInline = function(raw) return pandoc.Str(text_of(raw.text)) end,
    Note = function(note) return pandoc.Span(pandoc.utils.blocks_to_inlines(note.content)) end,
  }
  return stringify(whole:walk { Para = spaced, Plain = spaced })
end

-- Returns { id, title, text } of what is above the first heading of the second or third
-- level, below each of them, and of each term of a glossary.
return function(title, blocks)
  local section = { id = '', title = title, text = {} }
  local found = { section }
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and block.level <= 3 then
      section = { id = block.identifier, title = stringify(block), text = {} }
      found[#found + 1] = section
    elseif block.t == 'Div' and block.classes:includes('term') then
      local term = stringify(block.content[1].content[1]):gsub('%.$', '')
      found[#found + 1] = { id = block.identifier, title = term, text = { text(block) } }
    else
      table.insert(section.text, text(block))
    end
  end
  for _, each in ipairs(found) do
    each.text = table.concat(each.text, ' '):gsub('%s+', ' '):match('^ ?(.-) ?$')
  end
  return found
end
