-- book.lua - Pandoc's filter that makes a page of the book from a page of the
-- repository. docs/README.md says what a page may contain.
--
-- Everything that is wrong with a page is reported with its file and line, and then
-- the page is not made.
--
-- Metadata:
--   report   a file for all that is known of the page, as JSON (see page.lua)
--   print    the page is a part of one document, for the PDF and the EPUB
-- and, for the template: `description`, the page in a few words; for the first page of the
-- book, `lead`, what stands above its first section.

package.path = (PANDOC_SCRIPT_FILE:match('^(.*)/[^/]*$') or '.') .. '/?.lua;'
  .. package.path
local page = require 'page'
local code = require 'code'
local contents = require 'contents'
local glossary = require 'glossary'
local json = require 'json'
local links = require 'links'
local listings = require 'listings'
local mistakes = require 'mistakes'
local pictures = require 'pictures'
local steps = require 'steps'

local stringify = pandoc.utils.stringify
local CALLOUTS = { TIP = 'Try it', NOTE = 'Note', WARNING = 'Take care' }

-- ---- blocks that become others ----

-- Takes [!TIP] off the beginning of a quotation. Returns the word, or nil.
local function take_mark(quotation)
  local first = quotation.content[1]
  local kind = first and first.t == 'Para' and first.content[1].t == 'Str'
    and first.content[1].text:match('^%[!(%a+)%]$')
  if not kind then return nil end
  first.content:remove(1)
  while first.content[1] and first.content[1].t:match('Break$') do
    first.content:remove(1)
  end
  return kind
end

-- A quotation that begins with [!TIP] and the like. Pandoc 3.1.11 and later read it
-- themselves, as a Div of the class `tip` whose first block is another, its title.
local function callout(block)
  local mark
  if block.t == 'BlockQuote' then
    mark = take_mark(block)
  elseif block.t == 'Div' and block.content[1] and block.content[1].t == 'Div'
      and block.content[1].classes:includes('title') then
    mark = block.classes[1]:upper()
    block.content:remove(1)
  end
  if not mark then return nil end
  local kind = mark:upper()
  if not CALLOUTS[kind] then
    page.problem('[!' .. mark .. ']', ('there is no callout [!%s]: there are NOTE, TIP '
      .. 'and WARNING'):format(mark))
    return nil
  end
  local blocks = pandoc.List { page.html(('<p class="callout-title">%s</p>'):format(
    CALLOUTS[kind])) }
  blocks:extend(block.content)
  return pandoc.Div(blocks, pandoc.Attr('', { 'callout', kind:lower() }))
end

-- From <details> to </details> is one block.
local function folds(blocks)
  local result, open = pandoc.List(), nil
  for _, block in ipairs(blocks) do
    local raw = block.t == 'RawBlock' and block.text or ''
    local summary = raw:match('<summary>(.-)</summary>')
    if raw:match('^<details') then
      if not summary or open then
        page.problem(raw:match('[^\n]*'), 'a fold has a summary, and none within it')
      end
      local class = raw:match('name="system"') and 'fold system' or 'fold'
      local name = raw:match('name="system"') and ' name="system"' or ''
      if not raw:match('^<details[^>]*>%s*<summary>.-</summary>%s*$') then
        page.problem(raw:match('[^\n]*'), 'the text of a fold begins below its '
          .. 'summary, after an empty line')
      end
      open = pandoc.List { page.html(page.print
        and ('<div class="%s"><p class="summary">%s</p>'):format(class, summary or '')
        or ('<details class="%s"%s><summary>%s</summary>'):format(class, name,
          summary or '')) }
    elseif raw:match('^</details>') and open then
      open:insert(page.html(page.print and '</div>' or '</details>'))
      if not raw:match('^</details>%s*$') then
        page.problem(raw:match('[^\n]*'), 'behind a fold comes an empty line')
      end
      result:insert(pandoc.Div(open))
      open = nil
    elseif raw:match('^</details>') then
      page.problem(raw:match('[^\n]*'), 'there is no fold to end')
    elseif not raw:match('^<!%-%-.-%-%->%s*$') then -- what the tests do is not shown
      (open or result):insert(block)
    end
  end
  if open then page.problem('<details', 'a fold is never closed') end
  return result
end

-- A page's table scrolls on its own, on a screen that is too narrow for it.
local function scrolling(block)
  return pandoc.List { page.html('<div class="table" role="group" '
    .. 'aria-label="Table">'), block, page.html('</div>') }
end

local function expand(blocks)
  local result = pandoc.List()
  for _, block in ipairs(blocks) do
    local list = listings.expand(block) or pictures.expand(block, links)
      or (block.t == 'Table' and scrolling(block))
    result:extend(list or { callout(block) or block })
  end
  return folds(result)
end

-- ---- links and headings ----

local function anchored(block)
  local title = stringify(block)
  block.content:insert(pandoc.RawInline('html', (' <a class="anchor" href="#%s" '
    .. 'aria-label="Link to “%s”">#</a>'):format(block.identifier,
    page.escape(title))))
  return block
end

-- Returns the largest number of letters in a cell of each column. Calls visit(cell, column, length)
-- for each cell, if it is given.
local function widths_of(block, visit)
  local widths = {}
  for _, body in ipairs(block.bodies) do
    for _, row in ipairs(body.body) do
      for column, cell in ipairs(row.cells) do
        local length = utf8.len(stringify(cell.contents))
        widths[column] = math.max(widths[column] or 0, length)
        if visit then visit(cell, column, length) end
      end
    end
  end
  return widths
end

-- On a narrow screen, a cell with more than a few words is not squeezed. A table of three columns
-- or more that is wider stands there cell below cell, each with the heading of its column.
local NARROW, MANY_COLUMNS = 45, 5 -- letters, columns
local function has_gap(headings)
  for column = 2, #headings do
    if #headings[column] == 0 then return true end
  end
end
local function with_long_cells(block)
  local headings = pandoc.utils.to_simple_table(block).headers
  local widths = widths_of(block, function(cell, column, length)
    if length > 60 then cell.classes:insert('long') end
    -- A number alone does not say what it counts.
    local text = stringify(cell.contents)
    if #headings > 2 and (column > 1 or text:find('^%d') and not text:find('^%d+%. ')) then
      cell.attributes['data-column'] = stringify(headings[column])
    end
  end)
  local width = 0
  for _, column in ipairs(widths) do width = width + column end
  local is_wide = width > NARROW and #headings > 2 or #headings > MANY_COLUMNS
  if is_wide and not has_gap(headings) then block.classes:insert('stacked') end
  return block
end

-- A table whose corner is empty has no heading there.
local function without_empty_headings(block)
  local empty = false
  for _, heading in ipairs(pandoc.utils.to_simple_table(block).headers) do
    empty = empty or #heading == 0
  end
  if not empty then return nil end
  return page.html((page.write { block }:gsub('<th[^>]*></th>', '<td></td>')))
end

-- On paper, a short table is not torn apart between two pages. In a table of many columns, or of
-- four with much in them, those with longer cells are wider, or code, which is not broken, would
-- leave no room for words.
local FEW_ROWS, MUCH = 14, 160
local function for_paper(block)
  local simple = pandoc.utils.to_simple_table(block)
  if #simple.rows <= FEW_ROWS then block.classes:insert('together') end
  local widths, sum, length = widths_of(block), 0, 0
  for _, column in ipairs(widths) do length = length + column end
  if #block.colspecs >= MANY_COLUMNS or #block.colspecs == 4 and length > MUCH then
    block.classes:insert('wide')
    for column, heading in ipairs(simple.headers) do
      for word in stringify(heading):gmatch('%S+') do
        widths[column] = math.max(widths[column], #word)
      end
      widths[column] = math.sqrt(widths[column])
      sum = sum + widths[column]
    end
    for column, spec in ipairs(block.colspecs) do
      block.colspecs[column] = { spec[1], widths[column] / sum }
    end
  end
  return block
end

-- ---- steps, exercises, terms ----

-- "Step 3: ..." has its number in a box.
local function with_number(heading)
  local number = stringify(heading):match('^(Step %d+): .')
  if not number then return end
  for _ = 1, 4 do heading.content:remove(1) end -- "Step", a blank, "3:", a blank
  heading.content:insert(1, pandoc.RawInline('html', ('<span class="step">%s<span '
    .. 'class="colon">: </span></span>'):format(number)))
end

-- How a reader knows that an exercise is done.
local function criterion(element)
  if not stringify(element):match('^It works') then return nil end
  return pandoc.Span(element.content, pandoc.Attr('', { 'works' }))
end

-- A backtick in the text is one of a piece of code that ends elsewhere than it should. In a
-- heading, a message of a program may have one, and then an apostrophe is one.
local function checked(block)
  if block.t == 'Para' and stringify(block):match('^%[!%u+%]') then
    page.problem('[!', 'each line of a callout begins with `> `')
  end
  local is_message = block.t == 'Header' and stringify(block):find('`', 1, true)
  return block:walk { Str = function(element)
    if is_message then return pandoc.Str((element.text:gsub('’', "'"))) end
    if element.text:find('`', 1, true) then
      page.problem(element.text, ('a backtick is left over: “%s”'):format(element.text))
    end
  end }
end

-- A number stays with its unit, and a chapter or a step with its number.
local UNITS, NUMBERED = {}, {}
for unit in ('bit bits byte bytes B KiB MiB GiB TiB MHz GHz pixels'):gmatch('%S+') do
  UNITS[unit] = true
end
for name in ('chapter Chapter step Step'):gmatch('%S+') do NUMBERED[name] = true end
local function tied(inlines)
  for i = 1, #inlines - 2 do
    local before, blank, after = table.unpack(inlines, i, i + 2)
    if before.t == 'Str' and after.t == 'Str' and (blank.t == 'Space' or blank.t == 'SoftBreak')
      and (before.text:find('%d$') and (UNITS[after.text:match('^%a+') or ''] or after.text == '×')
        or before.text == '×' and after.text:find('^%d')
        or NUMBERED[before.text:match('%a+$') or ''] and after.text:find('^%d')) then
      inlines[i + 1] = pandoc.Str('\u{a0}')
    end
  end
  return inlines
end

-- A name or an option is not broken at its hyphen.
local HYPHENATED = { 'x86%-64', '%d%-bit', '^%-%w' }
local function with_hyphens(element)
  for _, pattern in ipairs(HYPHENATED) do
    if element.text:find(pattern) then
      return pandoc.Span({ element }, pandoc.Attr('', { 'short' }))
    end
  end
end

-- ---- the page ----

-- Takes the title from the page, and what its sections are called.
local function headings(blocks)
  local rest, sections = pandoc.List(), {}
  page.anchors = {}
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and block.level == 1 then
      if page.title then page.problem('# ' .. stringify(block), 'a page has one title') end
      page.title = stringify(block)
    else
      if block.t == 'Header' then
        page.anchors[block.identifier] = true
        if block.level == 2 then
          table.insert(sections, { id = pandoc.MetaString(block.identifier),
            title = pandoc.MetaString(stringify(block)) })
        end
        block.identifier = page.id(block.identifier)
        if #stringify(block) == 1 then -- a letter of the glossary: not in the contents
          block.classes:extend { 'unlisted', 'unnumbered' }
        end
      end
      rest:insert(block)
    end
  end
  if not page.title then
    page.problem('', 'the page has no title')
    page.title = ''
  end
  return rest, sections
end

-- Returns the beginning of a page's text, as far as a search engine shows it.
local DESCRIBED = 200
local function description(blocks)
  local text = ''
  for _, block in ipairs(blocks) do
    if block.t == 'Para' then text = text .. stringify(block) .. ' ' end
    if #text > DESCRIBED then break end
  end
  if #text > DESCRIBED then text = text:sub(1, DESCRIBED):match('^(.*) ') .. ' ...' end
  return text:match('^ *(.-) *$')
end

-- Takes the blocks above the first section off a page.
local function take_lead(blocks)
  local lead = pandoc.List()
  while blocks[1] and blocks[1].t ~= 'Header' do lead:insert(blocks:remove(1)) end
  return lead
end

-- Screens that follow each other hang side by side.
local function gallery(blocks)
  local result, hung = pandoc.List(), false
  for _, block in ipairs(blocks) do
    local is_screen = block.t == 'RawBlock' and block.text:find('^<figure class="screen') ~= nil
    if is_screen ~= hung then
      result:insert(page.html(is_screen and '<div class="gallery">' or '</div>'))
    end
    hung = is_screen
    result:insert(block)
  end
  if hung then result:insert(page.html('</div>')) end
  return result
end

function Pandoc(document)
  local meta = document.meta
  page.print = meta.print ~= nil
  page.names_of_all = {}
  for _, entry in ipairs(meta.pages or {}) do
    page.names_of_all[stringify(entry.page):gsub('%.html$', '')] = true
  end
  local blocks, sections = headings(mistakes(document.blocks):map(checked))
  for _, line in ipairs(page.lines) do
    local figure = line:match('%]%([^)]*figures/([^/)]*)%.svg')
    if figure then page.anchors['figure-' .. figure] = true end
  end
  blocks = steps.collect(blocks)
  if page.name == 'glossary' then blocks = glossary(blocks) end
  document = pandoc.Pandoc(blocks, meta):walk { Blocks = expand }
    :walk { Emph = criterion, Link = links, Image = pictures.image, Code = code.inline,
      CodeBlock = code.block }
  page.report()
  document.blocks = document.blocks:map(function(block)
    return block.t ~= 'Header' and block:walk { Inlines = tied } or block
  end)

  page.data.sections = contents(page.title, document.blocks)
  for id in pairs(page.anchors) do page.note('anchors', id) end
  if meta.report then
    local file = assert(io.open(stringify(meta.report), 'w'))
    file:write(json(page.data), '\n')
    file:close()
  end
  meta.title = page.title
  meta.sections = pandoc.MetaList(sections)
  if page.print then
    document = document:walk { Table = for_paper }
      :walk { Code = code.written, Str = with_hyphens }
    local title = pandoc.Header(1, page.title, pandoc.Attr(page.printed_id(page.name)))
    return pandoc.Pandoc({ title, table.unpack(document.blocks) }, meta)
  end
  for _, block in ipairs(document.blocks) do
    if block.t == 'Header' then
      anchored(block)
      with_number(block)
    end
  end
  document = document:walk { Table = with_long_cells }
    :walk { Code = code.written, Str = with_hyphens }
    :walk { Table = without_empty_headings }
  meta.description = description(document.blocks)
  if meta.cover then
    meta.description = meta.summary
    meta.lead = pandoc.MetaBlocks(take_lead(document.blocks))
    document.blocks = gallery(document.blocks)
  end
  return pandoc.Pandoc(document.blocks, meta)
end
