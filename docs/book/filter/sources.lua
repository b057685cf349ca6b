-- sources.lua - finds the lines of a source file that a name stands for.
--
-- Universal Ctags knows where each name is defined, and for C, where its
-- definition ends. The rest is found by the layout of this project's sources.

local page = require 'page'

local sources = {}

local LANGUAGES = { c = 'c', h = 'c', asm = 'nasm', ld = 'ld', mk = 'makefile',
  cfg = 'bash', sh = 'bash', py = 'python', tsv = 'default' }

-- Returns Pandoc's name for a file's language.
function sources.language(path)
  if path:match('[^/]*$') == 'Makefile' then return 'makefile' end
  return LANGUAGES[path:match('%.(%w+)$') or ''] or 'default'
end

local NAMES = { sh = 'bash', asm = 'nasm', make = 'makefile' }

-- Returns Pandoc's name for a language that a page names.
function sources.named(language) return NAMES[language] or language end

local known = {} -- the tags of the files of the folders that have been read

-- Reads the tags of a folder's files, all at once: each start of ctags takes time.
local function read_tags(folder)
  local arguments = pandoc.List { '-x', '--sort=no', '--kinds-C=+px-m',
    '--langmap=Asm:+.asm', '--_xformat=%N|%K|%n|%e|%F' }
  for name in page.names(folder) do
    if sources.language(name) ~= 'default' then
      local path = page.join(folder, name)
      arguments:insert(path)
      known[path] = {}
    end
  end
  local text = pandoc.pipe(os.getenv('CTAGS') or 'ctags', arguments, '')
  for name, kind, first, last, path
      in text:gmatch('([^|\n]*)|([^|]*)|(%d+)|(%d*)|([^\n]*)\n') do
    table.insert(known[path], { name = name, kind = kind, first = tonumber(first),
      last = tonumber(last) })
  end
end

-- Returns the tags of a file, the first lines first: name, kind, first, last.
local function tags(path)
  if not known[path] then read_tags(path:match('^(.*)/') or '.') end
  local found = known[path] or {}
  table.sort(found, function(a, b) return a.first < b.first end)
  return found
end

-- Where each kind of definition ends, if ctags does not say so.
local function last_line(language, lines, first)
  local last = first
  if language == 'nasm' then
    -- A label owns what follows, up to the next one that is not its own, or to a definition
    -- without an address.
    while lines[last + 1] and not lines[last + 1]:match('^[%a_][%w_]*:')
        and not lines[last + 1]:match('^section ') and not lines[last + 1]:match('^struc ')
        and not lines[last + 1]:match('^%%macro ') and not lines[last + 1]:match('^[%w_]+ +equ ') do
      last = last + 1
    end
    -- What stands right above the next label belongs to that one.
    while last > first and (lines[last]:match('^;') or lines[last]:match('^%s*$')
        or lines[last]:match('^global ') or lines[last]:match('^bits ')) do
      last = last - 1
    end
  elseif language == 'makefile' then
    while lines[last]:match('\\$') or (lines[last + 1] or ''):match('^\t') do
      last = last + 1
    end
  elseif language == 'c' then
    while lines[last] and not lines[last]:gsub('/%*.-%*/', ''):match('[;}]%s*$') do
      last = last + 1
    end
    -- An initializer ends with a brace and a semicolon.
    if lines[first]:match('=%s*{?$') or (lines[first + 1] or ''):match('= {$') then
      while lines[last] and not lines[last]:match('^%s*};') do last = last + 1 end
    end
  end
  return math.min(last, #lines)
end

-- The comment right above a definition belongs to it, and so does the type that a
-- function returns, on a line of its own.
local function first_line(lines, first)
  local top = first
  if top > 1 and lines[top - 1]:match('^[%a_][%w_ ]*[%w_*]$') then top = top - 1 end
  while top > 1 and (lines[top - 1]:match('^[;#]%s') or lines[top - 1]:match('^;$')
      or lines[top - 1]:match('^global ')) do
    top = top - 1
  end
  if top > 1 and lines[top - 1]:match('%*/%s*$') then
    local comment = top - 1
    while comment > 1 and not lines[comment]:match('/%*') do comment = comment - 1 end
    -- The first comment of a file speaks of the file.
    if lines[comment]:match('^%s*/%*') and comment > 1 then top = comment end
  end
  return top
end

local function look_up(path, all, name)
  local hits, names = {}, {}
  for _, tag in ipairs(all) do
    if tag.name == name then
      -- A definition counts more than its prototype.
      if tag.kind ~= 'prototype' and tag.kind ~= 'externvar' then
        table.insert(hits, 1, tag)
      else
        hits[#hits + 1] = tag
      end
    elseif not tag.name:match('^__anon') then
      names[#names + 1] = tag.name
    end
  end
  if hits[1] then return hits[1] end
  return nil, ('%s defines no “%s”; it defines %s'):format(path, name,
    #names > 0 and table.concat(names, ', ') or 'nothing')
end

-- Returns the first line from a number on that holds a text. In a link's title,
-- Markdown makes one blank of many.
local function find_text(lines, text, number)
  local function one_blank(s) return (s:gsub('%s+', ' ')) end
  for i = number, #lines do
    if one_blank(lines[i]):find(one_blank(text), 1, true) then return i end
  end
end

function sources.contains(line, text) return find_text({ line }, text, 1) ~= nil end

-- find(path, fragment, from, to) -> { first, last, lines, total }, or nil and what
-- is wrong. The fragment is empty for the whole file, a name, or two names:
-- first..last. From and to are texts of its first and last line, or nil.
function sources.find(path, fragment, from_text, to_text)
  local lines = page.read(path)
  if not lines then return nil, ('there is no file %s'):format(path) end
  local first, last = 1, #lines
  if fragment ~= '' then
    local language, all = sources.language(path), tags(path)
    local from, to = fragment:match('^(.-)%.%.(.+)$')
    local top, problem = look_up(path, all, from or fragment)
    if not top then return nil, problem end
    local bottom = top
    if to then
      bottom, problem = look_up(path, all, to)
      if not bottom then return nil, problem end
    end
    first = first_line(lines, top.first)
    last = bottom.last or last_line(language, lines, bottom.first)
    if last < first then
      return nil, ('in %s, “%s” comes before “%s”'):format(path, to, from)
    end
  end
  for _, text in ipairs { from_text or false, to_text or false } do
    if text and not find_text(lines, text, first) then
      return nil, ('no line of %s has “%s”'):format(path, text)
    end
  end
  if from_text then first = find_text(lines, from_text, first) end
  if to_text then last = find_text(lines, to_text, first) end
  if not last then
    return nil, ('in %s, no line from “%s” on has “%s”'):format(path, from_text, to_text)
  end
  if last < first then
    return nil, ('in %s, “%s” ends before “%s”'):format(path, fragment, from_text)
  end
  local region = {}
  for i = first, last do region[#region + 1] = lines[i] end
  return { first = first, last = last, lines = region, total = #lines }
end

return sources
