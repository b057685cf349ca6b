-- page.lua - the page that is being made, and what its parts share.

local page = { ids = {}, figures = 0, anchors = {} }
-- What is known of the page when it is made, for those that know nothing of Pandoc:
--   inputs    files and folders that it is made from
--   exists    files that must exist
--   sources   files whose lines it links to
--   listings  { file, first, last }: lines of files that it shows
--   links     { page, section, line }: links to other pages' sections, and where they are
--   steps     what the reader does, in order: see steps.lua
--   anchors   what a link can lead to
--   sections  { id, title, text }, the first one without an id
page.data = { inputs = {}, exists = {}, sources = {}, listings = {}, links = {},
  steps = {}, anchors = {}, sections = {} }
local problems, noted = {}, {}

-- Adds something to a list of page.data; a string only once.
function page.note(list, value)
  local key = type(value) == 'string' and list .. ' ' .. value
  if key and noted[key] then return end
  if key then noted[key] = true end
  table.insert(page.data[list], value)
end

-- Opens a file; nil for a folder, or if there is none.
local function open(path)
  local file = io.open(path)
  if not file then return nil end
  local _, message = file:read(0)
  if not message then return file end
end

-- Returns the lines of a file, or nil if there is none. The page is made anew when the
-- file changes.
function page.read(path)
  page.note('inputs', path)
  local file = open(path)
  if not file then return nil end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

function page.exists(path)
  local file = open(path)
  if not file then return false end
  file:close()
  page.note('exists', path)
  return true
end

-- Iterates over the names in a folder.
function page.names(folder)
  page.note('inputs', folder)
  return pandoc.pipe('ls', { folder }, ''):gmatch('[^\n]+')
end

page.file = PANDOC_STATE.input_files[1]
page.folder = page.file:match('^(.*)/[^/]*$') or '.'
page.lines = page.read(page.file)

-- The page that a Markdown file becomes: 'chapters/02-boot/README.md' -> '02-boot'; nil if
-- none does.
function page.name_of(path)
  return path:match('([^/]+)/README%.md$') or path:match('([^/]+)%.md$')
end

page.name = page.name_of(page.file)

-- Returns where the book shows the lines of a file, and notes that it must.
function page.source(path)
  page.note('sources', path)
  return ('source/%s.html'):format(path)
end

-- Returns the number of the page's first line that holds a text; 1 if none does.
function page.line_of(text)
  for i, line in ipairs(page.lines) do
    if line:find(text, 1, true) then return i end
  end
  return 1
end

-- Notes a problem, at the first line of the page that holds a text.
function page.problem(text, message)
  table.insert(problems, { page.line_of(text), message, #problems })
end

-- Says all problems with the page, in the order of its lines, and then ends.
function page.report()
  table.sort(problems, function(a, b)
    if a[1] == b[1] then return a[3] < b[3] end
    return a[1] < b[1]
  end)
  for _, item in ipairs(problems) do
    io.stderr:write(('%s:%d: %s\n'):format(page.file, item[1], item[2]))
  end
  if #problems > 0 then os.exit(1) end
end

-- 'chapters/03-vga', '../02-boot/cpu.h' -> 'chapters/02-boot/cpu.h'
function page.join(folder, path)
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

-- Returns the identifier of a page in print, or of a part of it. There the pages are one
-- document, so their names make identifiers unique. In an EPUB they begin with a letter.
function page.printed_id(name, id)
  return ('page-%s%s'):format(name, (id or '') ~= '' and '--' .. id or '')
end

function page.id(id)
  return page.print and page.printed_id(page.name, id) or id
end

-- Returns an identifier that no other part of the page has.
function page.unique(id)
  local count = (page.ids[id] or 0) + 1
  page.ids[id] = count
  local whole = count == 1 and id or ('%s-%d'):format(id, count)
  page.note('anchors', whole)
  return page.id(whole)
end

function page.escape(text)
  return (text:gsub('[&<>"]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;',
    ['"'] = '&quot;' }))
end

function page.html(text) return pandoc.RawBlock('html', text) end

local writer = pandoc.WriterOptions(PANDOC_WRITER_OPTIONS)
writer.template = pandoc.template.compile('$body$')
writer.wrap_text = 'wrap-none'

-- Returns blocks as HTML.
function page.write(blocks)
  return pandoc.write(pandoc.Pandoc(blocks, { pagetitle = '-' }), 'html', writer)
end

return page
