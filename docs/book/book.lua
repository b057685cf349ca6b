-- book.lua - Pandoc's filter that makes a page of the book from a page of the
-- repository.
--
-- A paragraph that is nothing but a link to a source file becomes a listing of
-- the part that the link names:
--
--   [vga.c](vga.c#vga_put_char "mark: screen[")
--
-- The title may mark lines that hold a text (mark:), and begin and end the listing
-- at lines that hold a text (from:, to:). Whatever is wrong with a page is said
-- with its file and line, all of it, and then the page is not made.
--
-- Metadata: report, a file for what the page wants of other pages (PAGE.html#ID)
-- and what it lists (FILE:FIRST-LAST).

local here = PANDOC_SCRIPT_FILE:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local sources = require 'sources'

local COLUMNS = 72 -- what fits on a printed page
local stringify = pandoc.utils.stringify

local page = { file = PANDOC_STATE.input_files[1], problems = {}, ids = {},
  figures = 0, index = {}, wanted = {} }
page.folder = page.file:match('^(.*)/[^/]*$') or '.'
page.lines = sources.read(page.file)

-- ---- what goes wrong ----

-- Notes a problem, at the first line of the page that holds a text.
local function problem(text, message)
  local number = 1
  for i, line in ipairs(page.lines) do
    if line:find(text, 1, true) then number = i break end
  end
  table.insert(page.problems, { number, message })
end

local function report()
  table.sort(page.problems, function(a, b) return a[1] < b[1] end)
  for _, item in ipairs(page.problems) do
    io.stderr:write(('%s:%d: %s\n'):format(page.file, item[1], item[2]))
  end
  if #page.problems > 0 then os.exit(1) end
end

-- ---- names of files ----

-- 'chapters/03-vga', '../02-boot/cpu.h' -> 'chapters/02-boot/cpu.h'
local function join(folder, path)
  local parts = {}
  for part in (folder .. '/' .. path):gmatch('[^/]+') do
    if part == '..' and #parts > 0 then
      table.remove(parts)
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, '/')
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- The page that a Markdown file becomes: 'chapters/02-boot/README.md' -> '02-boot'.
local function page_name(path)
  if path == 'README.md' then return 'index' end
  return path:match('([^/]+)/README%.md$') or path:match('([^/]+)%.md$')
end

-- ---- HTML ----

local function escape(text)
  return (text:gsub('[&<>"]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;',
    ['"'] = '&quot;' }))
end

local function html(text) return pandoc.RawBlock('html', text) end

local writer = pandoc.WriterOptions(PANDOC_WRITER_OPTIONS)
writer.template = pandoc.template.compile('$body$')
writer.wrap_text = 'wrap-none'

-- Returns code in colours, each line of it in an element of its own that is
-- called ID-NUMBER.
local function coloured(text, language, id, first)
  local block = pandoc.CodeBlock(text, pandoc.Attr(id, { language, 'numberLines' },
    { startFrom = tostring(first) }))
  local body = pandoc.write(pandoc.Pandoc({ block }, { pagetitle = '-' }), 'html',
    writer)
  return (body
    :gsub('<a href="(#[^"]*)"></a>', '<a href="%1" aria-hidden="true" tabindex="-1"></a>')
    :gsub('</span>\n<span id="', '\n</span><span id="'))
end

-- ---- listings ----

local function unique(id)
  local count = (page.ids[id] or 0) + 1
  page.ids[id] = count
  return count == 1 and id or ('%s-%d'):format(id, count)
end

-- A pattern that matches this very text.
local function literally(text) return (text:gsub('%p', '%%%0')) end

local function slug(text)
  return (text:lower():gsub('[^%w]+', '-'):gsub('^%-+', ''):gsub('%-+$', ''))
end

-- The options of a link's title: "mark: a; mark: b; to: c".
local function options(title, target)
  local found = { mark = {} }
  for item in (title .. ';'):gmatch('%s*(.-)%s*;') do
    local name, value = item:match('^(%a+):%s*(.+)$')
    if name == 'mark' then
      table.insert(found.mark, value)
    elseif name == 'from' or name == 'to' then
      found[name] = value
    elseif item ~= '' then
      problem('](' .. target, ('a listing has no option “%s”'):format(item))
    end
  end
  return found
end

-- Returns the link that a paragraph consists of, if it is one to a source.
local function listing_link(block)
  local link = block.t == 'Para' and #block.content == 1 and block.content[1]
  if not link or link.t ~= 'Link' or link.target:match('^%a+:')
      or link.target:match('^#') or link.target:match('%.md') then
    return nil
  end
  return link
end

local function caption(path, region)
  local where = region.first == 1 and region.last == region.total and 'the whole file'
    or region.first == region.last and ('line %d'):format(region.first)
    or ('lines %d to %d'):format(region.first, region.last)
  return ('<figcaption><a class="path" href="source/%s.html#L-%d">%s</a> '
    .. '<span class="range">%s</span></figcaption>'):format(escape(path),
    region.first, escape(path), where)
end

local function listing(link)
  local target, fragment = link.target:match('^([^#]*)#?(.*)$')
  local path = join(page.folder, target)
  local wanted = options(link.title, link.target)
  local region, message = sources.find(path, fragment, wanted.from, wanted.to)
  if not region then
    problem('](' .. link.target, message)
    return pandoc.Null()
  end
  local id = unique('listing-' .. slug(target .. '-' .. fragment))
  local body = coloured(table.concat(region.lines, '\n'), sources.language(path), id,
    region.first)
  for i, line in ipairs(region.lines) do
    if utf8.len(line) > COLUMNS then
      problem('](' .. link.target, ('%s:%d has %d columns, and %d fit'):format(path,
        region.first + i - 1, utf8.len(line), COLUMNS))
    end
  end
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
      problem(text, ('there is nothing to mark: “%s” is not in lines %d to %d of %s')
        :format(text, region.first, region.last, path))
    end
  end
  table.insert(page.wanted, ('%s:%d-%d'):format(path, region.first, region.last))
  return html(('<figure class="listing" id="%s">%s%s</figure>'):format(id,
    caption(path, region), (body:gsub(literally(('id="%s" '):format(id)), '', 1))))
end

-- ---- links and pictures ----

-- Checks where a link leads, and turns it into one between the book's pages.
local function link(element)
  local target, fragment = element.target:match('^([^#]*)(#?.*)$')
  if element.target:match('^%a+:') then return nil end
  if target == '' then
    table.insert(page.index, { anchor = fragment:sub(2), link = element.target })
    return nil
  end
  local path = join(page.folder, target)
  if not exists(path) then
    problem('](' .. element.target, ('the link leads nowhere: there is no %s')
      :format(path))
    return nil
  end
  local name = target:match('%.md$') and page_name(path)
  if name then
    element.target = name .. '.html' .. fragment
    if fragment ~= '' then
      table.insert(page.wanted, ('%s.html%s'):format(name, fragment))
    end
  else
    element.target = ('source/%s.html'):format(path)
  end
  return element
end

local function picture(element)
  local path = join(page.folder, element.src)
  if not exists(path) then
    problem('](' .. element.src, ('there is no picture %s'):format(path))
    return nil
  end
  if stringify(element.caption) == '' then
    problem('](' .. element.src, 'the picture has no text that stands for it')
  end
  element.src = 'pictures/' .. path:match('[^/]*$')
  element.attributes.loading = 'lazy'
  return element
end

-- ---- the page ----

local function heading(block, sections)
  local id, title = block.identifier, stringify(block)
  if block.level == 2 then sections[#sections + 1] = { id = id, title = title } end
  block.content:insert(pandoc.RawInline('html', (' <a class="anchor" href="#%s" '
    .. 'aria-label="Link to “%s”">#</a>'):format(id, escape(title))))
  return block
end

-- A page's table scrolls on its own, on a screen that is too narrow for it.
local function scrolling(block)
  return { html('<div class="table" tabindex="0" role="region" aria-label="Table">'),
    block, html('</div>') }
end

-- On a wide screen a listing stands beside the text that is about it: the
-- paragraph above it, and what follows up to the next heading or listing.
local function beside(blocks)
  local rows, i = pandoc.List(), 1
  local function is_listing(block)
    return block and block.t == 'RawBlock' and block.text:match('^<figure class="listing"')
  end
  local function text(list)
    return pandoc.Div(list, pandoc.Attr('', { 'text' }))
  end
  while i <= #blocks do
    local leads = blocks[i].t == 'Para' and is_listing(blocks[i + 1])
    if leads or is_listing(blocks[i]) then
      local row, after = pandoc.List(), pandoc.List()
      if leads then
        row:insert(text { blocks[i] })
        i = i + 1
      end
      row:insert(blocks[i])
      i = i + 1
      while blocks[i] and blocks[i].t ~= 'Header' and not is_listing(blocks[i])
          and not is_listing(blocks[i + 1]) do
        after:insert(blocks[i])
        i = i + 1
      end
      if #after > 0 then row:insert(text(after)) end
      rows:insert(pandoc.Div(row, pandoc.Attr('', { 'beside' })))
    else
      rows:insert(blocks[i])
      i = i + 1
    end
  end
  return rows
end

function Pandoc(document)
  local blocks, sections, anchors = pandoc.List(), {}, {}
  local title
  for _, block in ipairs(document.blocks) do
    local to_source = listing_link(block)
    if block.t == 'Header' and block.level == 1 then
      if title then problem('# ' .. stringify(block), 'a page has one title') end
      title = stringify(block)
    elseif to_source then
      blocks:insert(listing(to_source))
    else
      if block.t == 'Header' then anchors[block.identifier] = true end
      block = pandoc.walk_block(pandoc.Div { block }, { Link = link,
        Image = picture }).content[1]
      if block.t == 'Header' then block = heading(block, sections) end
      if block.t == 'Table' then
        blocks:extend(scrolling(block))
      else
        blocks:insert(block)
      end
    end
  end
  if not title then problem('', 'the page has no title') end
  for _, item in ipairs(page.index) do
    if not anchors[item.anchor] then
      problem('](' .. item.link, ('the page has no section %s'):format(item.link))
    end
  end
  report()

  local meta = document.meta
  meta.title = title
  meta.sections = pandoc.MetaList(pandoc.List(sections):map(function(section)
    return { id = pandoc.MetaString(section.id), title = pandoc.MetaString(section.title) }
  end))
  if meta.report then
    local file = assert(io.open(stringify(meta.report), 'w'))
    file:write(table.concat(page.wanted, '\n'), '\n')
    file:close()
  end
  return pandoc.Pandoc(beside(blocks), meta)
end
