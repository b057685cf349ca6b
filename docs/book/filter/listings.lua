-- listings.lua - listings of the sources, and their differences between chapters.

local page = require 'page'
local sources = require 'sources'

local listings = {}

local COLUMNS = 72 -- what fits on a printed page
local SHORT = 24   -- as many lines are kept together on a page

-- A pattern that matches this very text.
local function literally(text) return (text:gsub('%p', '%%%0')) end

function listings.slug(text)
  return (text:lower():gsub('[^%w]+', '-'):gsub('^%-+', ''):gsub('%-+$', ''))
end

-- The options of a link's title: "mark: a; mark: b; to: c".
local function options(title, target)
  local found = { mark = {} }
  for item in (title .. ';'):gmatch('%s*(.-)%s*;') do
    local name, value = item:match('^(%a+):%s*(.+)$')
    if name == 'mark' then
      table.insert(found.mark, value)
    elseif name == 'from' or name == 'to' or name == 'diff' then
      found[name] = value
    elseif item == 'changes' then
      found.changes = true
    elseif item ~= '' then
      page.problem('](' .. target, ('a listing has no option “%s”'):format(item))
    end
  end
  return found
end

-- Returns a path that is broken only after a slash.
function listings.path(text)
  return (page.escape(text):gsub('[^/]+/?', '<span class="short">%0</span>')
    :gsub('/</span>', '/</span><wbr/>'))
end

-- A path as a link to the page with the file's lines; on paper there is none.
local function source_link(path, line, text)
  text = listings.path(text or path)
  if page.print then return ('<span class="path">%s</span>'):format(text) end
  return ('<a class="path" href="%s%s">%s</a>'):format(page.escape(page.source(path)),
    line and ('#L-%d'):format(line) or '', text)
end

-- Returns a caption: a path, and what is shown of it.
function listings.caption(path, range)
  return ('%s <span class="range"><span>%s</span></span>'):format(path, range)
end

-- Returns code with a caption; lines: how many, if they may be kept together on a page.
function listings.figure(class, lines, id, caption, body)
  return page.html(('<figure class="listing%s%s" id="%s"><figcaption>%s</figcaption>'
    .. '%s</figure>'):format(class, lines and lines <= SHORT and ' short' or '', id, caption,
    body))
end

-- ---- the lines of a file ----

-- Returns code in color, each line of it in an element that is called
-- ID-NUMBER.
local function colored(text, language, id, first)
  local body = page.write { pandoc.CodeBlock(text, pandoc.Attr(id,
    { language, 'numberLines' }, { startFrom = tostring(first) })) }
  local number = first - 1
  body = body:gsub('<a href="(#[^"]*)"></a>', function(target)
    number = number + 1
    if page.print then return ('<span class="number">%3d  </span>'):format(number) end
    return ('<a href="%s" aria-hidden="true" tabindex="-1"></a>'):format(target)
  end)
  return (body:gsub('</span>\n<span id="', '\n</span><span id="')
    :gsub(literally(('id="%s" '):format(id)), '', 1))
end

-- On paper fewer colors are enough, and only a marked line needs an element; the PDF
-- then takes two thirds of the time.
local PRINTED = { co = true, kw = true, cf = true, dt = true, st = true, pp = true }

-- A page ends between two parts of a listing, which an empty line divides, or, within a long
-- function, at an empty line that has much in front of it. A very short part goes with the next
-- one, and a very long one may be torn apart.
local SHORT_PART, MUCH, LONG_PART = 3, 9, 22
local function in_parts(code)
  local parts, part = {}, {}
  local function finish()
    local text = table.concat(part)
    parts[#parts + 1] = #part > LONG_PART and text or ('<span class="part">%s</span>'):format(text)
    part = {}
  end
  local lines = {}
  for line in code:gmatch('[^\n]*\n?') do
    if line ~= '' then lines[#lines + 1] = line end
  end
  local function shown(number)
    return ((lines[number] or ''):gsub('<[^>]*>', ''):gsub('^ *%d+  ', ''):gsub('\n', ''))
  end
  for number, line in ipairs(lines) do
    part[#part + 1] = line
    local least = shown(number + 1):find('^ ') and MUCH or SHORT_PART
    if shown(number) == '' and #part > least then finish() end
  end
  if #part > 0 then finish() end
  return #parts > 1 and table.concat(parts) or code
end

function listings.for_paper(body)
  body = (body:gsub('<span class="(%l%l)">([^<]*)</span>', function(class, text)
    return not PRINTED[class] and text or nil
  end):gsub('<a href="#[^"]*"[^>]*></a>', ''):gsub('<span id="[^"]*">(.-)\n</span>', '%1\n')
    :gsub('<span id="[^"]*">(.-)</span>\n', '%1\n'):gsub('<span id="[^"]*">', '<span>'))
  return (body:gsub('(<code[^>]*>)(.-)(</code>)', function(first, code, last)
    return first .. in_parts(code) .. last
  end))
end

local function range(region)
  if region.first == 1 and region.last == region.total then return 'the whole file' end
  if region.first == region.last then return ('line %d'):format(region.first) end
  return ('lines %d to %d'):format(region.first, region.last)
end

-- Returns the lines that a listing shows, or nil, and notes them. is_taken: nobody types
-- them, so they may be long.
local function quoted(path, target, fragment, wanted, is_taken)
  local region, message = sources.find(path, fragment, wanted.from, wanted.to)
  if not region then
    page.problem('](' .. target, message)
    return nil
  end
  for i, line in ipairs(region.lines) do
    if not utf8.len(line) then
      page.problem('](' .. target, ('%s:%d is not in UTF-8'):format(path,
        region.first + i - 1))
      return nil
    end
    if utf8.len(line) > COLUMNS and not is_taken then
      page.problem('](' .. target, ('%s:%d has %d columns, and %d fit'):format(path,
        region.first + i - 1, utf8.len(line), COLUMNS))
    end
  end
  page.note('listings', { file = path, first = region.first, last = region.last })
  return region
end

local function quotation(path, target, fragment, wanted)
  local region = quoted(path, target, fragment, wanted)
  if not region then return nil end
  local id = page.unique('listing-' .. listings.slug(target))
  local body = colored(table.concat(region.lines, '\n'), sources.language(path), id,
    region.first)
  for _, text in ipairs(wanted.mark) do
    local marked = false
    for i, line in ipairs(region.lines) do
      if sources.contains(line, text) then
        marked = true
        body = body:gsub(literally(('<span id="%s-%d">'):format(id,
          region.first + i - 1)), function(s) return '<span class="mark"' .. s:sub(6) end)
      end
    end
    if not marked then
      page.problem(text, ('there is nothing to mark: “%s” is not in lines %d to %d of %s')
        :format(text, region.first, region.last, path))
    end
  end
  if page.print then body = listings.for_paper(body) end
  return listings.figure('', #region.lines, id,
    listings.caption(source_link(path, region.first, wanted.as), range(region)), body)
end

-- ---- differences ----

-- Returns the lines of a difference as they are shown, and how many of them are new or gone.
-- Each line's first character says whether it is new (+), gone (-), or in place of lines that
-- are left out (@).
function listings.changed(lines)
  local kinds = { ['+'] = 'new', ['-'] = 'gone', ['@'] = 'gap' }
  local shown, count = {}, 0
  for i, line in ipairs(lines) do
    local kind = kinds[line:sub(1, 1)]
    if kind == 'gap' then line = '⋮' elseif kind then count = count + 1 end
    shown[i] = ('<span%s style="--in:%dch">%s\n</span>'):format(
      kind and (' class="%s"'):format(kind) or '', #(line:match('^. *') or '') + 2,
      page.escape(line))
  end
  return ('<pre class="difference"><code>%s</code></pre>'):format(table.concat(shown)), count
end

-- Returns a listing of what differs between two files, and how many lines do.
local function difference(old, new)
  for _, path in ipairs { old, new } do
    if not page.read(path) then return nil, ('there is no file %s'):format(path) end
  end
  local text = pandoc.pipe('sh', { '-c', 'diff -U 2 "$1" "$2"; test $? -lt 2', '-', old,
    new }, '')
  local lines = {}
  for line in text:gsub('^[^\n]*\n[^\n]*\n', '', 1):gmatch('([^\n]*)\n') do
    lines[#lines + 1] = line
  end
  return listings.changed(lines)
end

local function difference_listing(path, target, other)
  local old = page.join(page.folder, other)
  local body, message = difference(old, path)
  if not body then
    page.problem('](' .. target, message)
    return nil
  end
  return listings.figure('', nil, page.unique('difference-' .. listings.slug(target)),
    listings.caption(source_link(path), 'compared with ' .. source_link(old)), body)
end

-- The first sentence of a file's first comment, without the file's name.
local function purpose(lines)
  local text = {}
  if not (lines[1] or ''):match('^%s*[/*;#]') then return '' end
  for _, line in ipairs(lines) do
    text[#text + 1] = line:gsub('^%s*/?[*;#]+%s*', ''):gsub('%s*%*/%s*$', '')
    if line:match('%.%s*%*?/?$') then break end
  end
  return (table.concat(text, ' '):gsub('^[%w_.]+ %- ', ''):gsub('%. [%u`].*$', '.')
    :gsub('^%l', string.upper)
    :gsub('"([^"]*)"', '“%1”'):gsub("'", '’'):gsub('(%d) x (%d)', '%1 × %2'))
end

-- The folders of the chapters that a chapter stands on, the newest first.
local function older_layers(folder)
  local layers, found = pandoc.pipe(os.getenv('MAKE') or 'make',
    {'-s', '--no-print-directory', '-C', folder, 'layers'}, ''), {}
  for name in layers:gmatch('[^\n]+') do found[#found + 1] = page.join(folder, '../' .. name) end
  table.remove(found, 1) -- the chapter itself
  return found
end

-- What a chapter adds, and what it replaces.
local function changes(folder)
  local rows, replaced, older = {}, pandoc.List(), older_layers(folder)
  for name in page.names(folder) do
    local path = folder .. '/' .. name
    if name:match('%.[ch]$') or name:match('%.asm$') or name:match('%.ld$') then
      local lines, old = page.read(path), nil
      for _, layer in ipairs(older) do
        if not old and page.exists(layer .. '/' .. name) then old = layer .. '/' .. name end
      end
      local before = old and page.escape(old:match('([^/]+/[^/]+)$'))
      rows[#rows + 1] = ('<tr><td>%s</td><td class="count" data-column="lines">%d</td>'
        .. '<td>%s%s</td></tr>')
        :format(source_link(path, nil, name), #lines,
          old and ('Replaces %s. '):format(before) or '', page.escape(purpose(lines)))
      local body, count
      if old then body, count = difference(old, path) end
      if old and count < #lines then -- else it is another file, of the same name
        replaced:insert(page.html(('<details><summary>What differs from %s</summary>')
          :format(before)))
        replaced:insert(listings.figure('', nil, page.unique('difference-' .. listings.slug(name)),
          source_link(path), body))
        replaced:insert(page.html('</details>'))
      end
    end
  end
  local blocks = pandoc.List { page.html('<div class="table" role="group" '
    .. 'aria-label="Table"><table class="changes stacked"><thead><tr><th>file</th>'
    .. '<th class="count">lines</th><th>what it does</th></tr></thead><tbody>'
    .. table.concat(rows) .. '</tbody></table></div>') }
  blocks:extend(replaced)
  return blocks
end

-- ---- what a paragraph stands for ----

-- Returns the link that a paragraph consists of, if it is one to a source.
function listings.only_link(block)
  local link = block.t == 'Para' and #block.content == 1 and block.content[1]
  if not link or link.t ~= 'Link' or link.target:match('^%a+:')
      or link.target:match('^#') or link.target:match('%.md') then
    return nil
  end
  return link
end

-- Is a block a listing's?
function listings.is_one(block) return listings.only_link(block) ~= nil end

-- Returns the code that a listing shows, and its language; nil if something is wrong.
function listings.code(block, is_taken)
  local link = listings.only_link(block)
  local target, fragment = link.target:match('^([^#]*)#?(.*)$')
  local path = page.join(page.folder, target)
  local region = quoted(path, link.target, fragment, options(link.title, link.target), is_taken)
  if not region then return nil end
  return table.concat(region.lines, '\n') .. '\n', sources.language(path)
end

-- Returns the blocks that a paragraph stands for, if it is a listing's; nil if not.
function listings.expand(block)
  local link = listings.only_link(block)
  if not link then return nil end
  local target, fragment = link.target:match('^([^#]*)#?(.*)$')
  local wanted = options(link.title, link.target)
  if wanted.changes then return changes(page.join(page.folder, target)) end
  local path = page.join(page.folder, target)
  -- A file of the reader's own has the name that the reader gives it.
  local text = pandoc.utils.stringify(link.content)
  wanted.as = text:match('^~/') and text
  if wanted.diff then
    return pandoc.List { difference_listing(path, link.target, wanted.diff) }
  end
  return pandoc.List { quotation(path, link.target, fragment, wanted) }
end

return listings
