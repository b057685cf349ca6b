-- index.lua - the index of the printed book: where each term is explained, and each
-- function written. A page's number is a link, which the style sheet fills in.
--
-- A term is what a page sets in bold within a sentence, and each entry of the glossary. (Bold
-- words at the beginning of a paragraph or an item are only its label.)

local stringify = pandoc.utils.stringify
local entries, count = {}, 0

-- Notes that a term, or the HTML of a name, is at an id.
local function note(term, html, id)
  local key = term:lower():gsub('[^%w# ._]', '')
  if key == '' then return end
  entries[key] = entries[key] or { key = key, html = html, ids = {} }
  table.insert(entries[key].ids, id)
end

local function escape(text)
  return (text:gsub('[&<>]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;' }))
end

-- A term within a sentence gets an id.
local function in_sentence(block)
  for i, inline in ipairs(block.content) do
    if i > 1 and inline.t == 'Strong' and not stringify(inline):match('[.:]$') then
      count = count + 1
      local id = ('index-%d'):format(count)
      local term = stringify(inline)
      note(term, escape(term), id)
      block.content[i] = pandoc.Span({ inline }, pandoc.Attr(id))
    end
  end
  return block
end

local function of_glossary(block)
  if not block.classes:includes('term') then return nil end
  local strong = block.content[1].content[1]
  -- A list of words, such as "DPL, RPL", has an entry for each.
  for term in stringify(strong):gsub('%.$', ''):gmatch('[^,]+') do
    note(term:match('^%s*(.-)%s*$'), escape(term:match('^%s*(.-)%s*$')), block.identifier)
  end
end

-- A function begins at the left edge, and its first line does not end it. The line gets an
-- id, because a long listing goes on over several pages.
local function functions(block)
  if block.format ~= 'html' or not block.text:match('^<figure class="listing')
    or block.text:find('class="difference"', 1, true) then return nil end
  local seen = {}
  return pandoc.RawBlock('html', (block.text:gsub('[^\n]+', function(html)
    local text = html:gsub('<span class="number">[^<]*</span>', ''):gsub('<[^>]*>', '')
    local name = text:match('^[%a_][%w_ *]*[ *]([%l_][%w_]*)%(')
    if not name or text:match(';%s*$') or seen[name] then return nil end
    seen[name] = true
    count = count + 1
    local id = ('index-%d'):format(count)
    note(name, ('<code>%s</code>'):format(name), id)
    -- It belongs to the part of the listing that begins here.
    local part = html:match('^</span><span class="part">')
      or html:match('^<span class="part">') or ''
    return ('%s<span id="%s"></span>%s'):format(part, id, html:sub(#part + 1))
  end)))
end

local function line(entry)
  local pages = {}
  for _, id in ipairs(entry.ids) do pages[#pages + 1] = ('<a href="#%s"></a>'):format(id) end
  return ('<p>%s, %s</p>'):format(entry.html, table.concat(pages, ', '))
end

function Pandoc(document)
  document = document:walk { Para = in_sentence, RawBlock = functions }
  document:walk { Div = of_glossary }
  local sorted = {}
  for _, entry in pairs(entries) do table.insert(sorted, entry) end
  table.sort(sorted, function(a, b) return a.key < b.key end)
  local html, letter = { '<div class="index">' }, nil
  for _, entry in ipairs(sorted) do
    local first = entry.key:match('^%a') and entry.key:sub(1, 1):upper() or '#'
    if first ~= letter then
      letter = first
      table.insert(html, ('<p class="letter">%s</p>'):format(letter == '#' and 'Signs' or letter))
    end
    table.insert(html, line(entry))
  end
  table.insert(html, '</div>')
  document.blocks:insert(pandoc.Header(1, 'Index', pandoc.Attr('page-index')))
  document.blocks:insert(pandoc.RawBlock('html', table.concat(html, '\n')))
  return document
end
