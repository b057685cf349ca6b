-- code.lua - code within a sentence, and blocks of code that are no listings: what may be broken at
-- the end of a line, and what stays whole.

local page = require 'page'
local sources = require 'sources'

local code = {}

-- A short piece of code stays on its line, with a hyphen in it or not.
local SHORT, SHORT_WITH_BLANKS = 28, 20
function code.inline(element)
  local length = utf8.len(element.text)
  if length <= (element.text:find(' ') and SHORT_WITH_BLANKS or SHORT) then
    element.classes:insert('short')
  end
  if element.text:find('^%-') then element.classes:insert('option') end
  return element
end

-- In longer code, the words that match a pattern stay whole, or, if they are long themselves,
-- their parts do: no line ends with a hyphen that belongs to a name.
local LONGEST = 36 -- on a screen
local function is_long(word) return #word > (page.print and SHORT or LONGEST) end
-- Even in a narrow column of a table, these stay whole.
local KEPT = 24
local function whole(word)
  return not is_long(word) and ('<span class="short%s">%s</span>'):format(
    #word <= KEPT and ' kept' or '', word) or word
end
local function unbroken(text, pattern)
  return (text:gsub(pattern, function(word)
    if not is_long(word) then return whole(word) end
    if page.print then return (word:gsub('[_/]', '%0<wbr/>')) end
    local parts = word:gsub('[^/_,]+[/_,]*', function(part) return whole(part) .. '<wbr/>' end)
    return (parts:gsub('<wbr/>$', ''))
  end))
end

-- If a class is not a language that Pandoc knows, it reads the definitions of all of
-- them, a fifth of a second for each page. So code with such a class is written here.
function code.written(element)
  local text, class = page.escape(element.text), nil
  if element.classes:includes('short') then
    class = element.classes:includes('option') and 'short option' or 'short'
  else
    text = unbroken(text, page.print and '%S*[-/]%S*' or '%S+')
  end
  return pandoc.RawInline('html', ('<code%s>%s</code>'):format(
    class and (' class="%s"'):format(class) or '', text))
end

-- Text as HTML, with no line broken within an option or a path.
local function with_options(text) return unbroken(page.escape(text), '%S*[-/]%S*') end

-- Returns text whose tabs are blanks, as few as bring all that follows a tab to its column.
local function without_tabs(text)
  local lines, widths = {}, {}
  for line in (text .. '\n'):gmatch('([^\n]*)\n') do
    local cells = {}
    for cell in (line .. '\t'):gmatch('([^\t]*)\t') do cells[#cells + 1] = cell:gsub(' +$', '') end
    for column = 1, #cells - 1 do
      widths[column] = math.max(widths[column] or 0, utf8.len(cells[column]))
    end
    lines[#lines + 1] = cells
  end
  for number, cells in ipairs(lines) do
    for column = 1, #cells - 1 do
      cells[column] = cells[column] .. (' '):rep(widths[column] + 2 - utf8.len(cells[column]))
    end
    lines[number] = table.concat(cells)
  end
  return table.concat(lines, '\n')
end

-- What a full row of the kernel's screen has, one of a hex dump, and one of a memory map.
local ROWS = { ('='):rep(60), '%f[%x]%x+:? %x%x%x%x+ %x%x%x%x+ %x%x%x%x+ ',
  '%f[%x]%x%x%x%x%x%x%x%x+ +0?x?%x%x%x%x%x%x%x%x+ +%x%x' }
-- Returns whether a line keeps its columns on a screen that is too narrow for it.
local function is_full_row(line)
  for _, row in ipairs(ROWS) do
    if line:find(row) then return true end
  end
  return false
end

-- Returns how many gaps of two blanks or more a line has between its words, and where the text
-- after the first begins.
local function gaps(line)
  local _, count = line:gsub('%S  +%f[%S]', '')
  return count, (line:match('^ *%S+  +()'))
end

-- How far in the rest of a line goes on that is too long: below the text of an entry in a list,
-- or two blanks further in than the line.
local LAST_ENTRY = 12
local function hanging(line)
  local count, text = gaps(line)
  if count == 1 and text and text <= LAST_ENTRY then return text - 1 end
  return line:match('^[$>] ') and 2 or #line:match('^ *') + 2
end

-- Returns a transcript's lines. Rows of a table keep theirs even on a narrow screen; another line
-- that is too long goes on further in.
local DEEP = (' '):rep(8)
local function transcript(text)
  text = without_tabs(text)
  local rows = 0
  for line in text:gmatch('[^\n]+') do
    if gaps(line) >= 2 then rows = rows + 1 end
  end
  local is_table = rows > 1
  return ((text .. '\n'):gsub('([^\n]*)\n', function(line)
    local is_row = is_table and (gaps(line) >= 2 or line:find('%S   +%S') or line:find('^' .. DEEP))
      or is_full_row(line)
    local shown, by = with_options(line), hanging(line)
    if not line:match('^[$>] ') then shown = shown:gsub('(%S) %.%.%.$', '%1\u{A0}...') end
    return ('<span%s>%s\n</span>'):format(is_row and '' or ' class="wraps"' .. (by == 2 and ''
      or (' style="--in:%dch"'):format(by)), shown)
  end))
end

-- Has a text rows that are too long for a page of paper?
local COLUMNS = 80
local function is_wide(text)
  if not page.print then return false end
  for line in text:gmatch('[^\n]+') do
    if utf8.len(line) > COLUMNS and gaps(line) >= 2 then return true end
  end
  return false
end

-- A transcript and plain text have no language, and neither has what is typed into a shell; a
-- language gets its own name.
function code.block(block)
  local class = block.classes[1]
  if class == 'console' or class == 'sh' or class == 'text' then
    return page.html(('<pre class="console%s"><code>%s</code></pre>'):format(
      is_wide(block.text) and ' wide' or '', transcript(block.text)))
  end
  return pandoc.CodeBlock(block.text, pandoc.Attr('', { sources.named(class) }))
end

return code
