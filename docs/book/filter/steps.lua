-- steps.lua - what a reader does in each step of a page: the files that are typed, and the
-- commands that are run. common/steps does the same with it.
--
-- A comment says what becomes of the block below it, a piece of code or a listing:
--   type: FILE                      it is the whole file
--   type: FILE; after: LINE         it is typed after this line
--   type: FILE; before: LINE        before it
--   type: FILE; instead: LINE       in its place
--   type: FILE; from: LINE; to: LINE   in the place of these lines and all between them
--   type: FILE; at: the end
--   ...; gap: above                 and with an empty line above it; or below, or both
--   take: FILE                      the file is taken as it is
-- and one stands alone:
--   remove: FILE                    the file is deleted
--   remove: FILE; from: LINE; to: LINE   these lines are
-- A LINE is a text that one line of the file has.
--   folder: ~/loader                the page's files are in this folder, and not the kernel's.
--                                   All its commands are noted then, also those that stand
--                                   within no step, and the comments `do:`, for its robot.

local listings = require 'listings'
local page = require 'page'
local sources = require 'sources'

local steps = {}

local KERNEL = '~/kernel'
local folder = KERNEL -- the page's
local FIELDS = { after = true, before = true, instead = true, from = true, to = true, at = true,
  gap = true }

-- Returns the name and the text of a comment `<!-- name: text -->`, or nil.
local function comment(block)
  if block.t == 'RawBlock' then
    return block.text:match('^<!%-%-%s*(%a+):%s*(.-)%s*%-%->%s*$')
  end
end

-- Returns what a comment of a step says: kind, file, and its other fields; nil for
-- another comment.
local function read(block)
  local kind, rest = comment(block)
  if kind ~= 'type' and kind ~= 'take' and kind ~= 'remove' then return nil end
  local found = { kind = kind }
  for item in (rest .. ';'):gmatch('%s*(.-)%s*;%f[%s\0]') do
    local name, value = item:match('^(%a+):%s*(.+)$')
    if not found.file then
      found.file = item
    elseif FIELDS[name or ''] then
      found[name] = value
    else
      page.problem(rest, ('a step has no “%s”'):format(item))
    end
  end
  return found
end

-- Returns the code of a block, and its language: a piece of code or a listing's; or nil.
local function code_of(block, is_taken)
  if block and block.t == 'CodeBlock' then return block.text .. '\n', block.classes[1] end
  if block and listings.is_one(block) then return listings.code(block, is_taken) end
end

-- Returns a part of a line. If it ends within a string or in brackets, it is seen to go on.
local function quoted(line)
  local _, marks = line:gsub('"', '')
  local _, opened = line:gsub('[%[%(]', '')
  local _, closed = line:gsub('[%]%)]', '')
  return ('<code>%s%s</code>'):format(page.escape(line),
    (marks % 2 == 1 or opened > closed) and '&nbsp;...' or '')
end

-- Returns where the code goes, in words. goes_on: is more typed at the file's end?
local function place(step, goes_on)
  if step.kind == 'take' then return 'taken as it is' end
  if step.after then return 'after the line with ' .. quoted(step.after) end
  if step.before then return 'before the line with ' .. quoted(step.before) end
  if step.instead then return 'in place of the line with ' .. quoted(step.instead) end
  if step.from then
    return ('in place of the lines from %s to %s'):format(quoted(step.from), quoted(step.to))
  end
  return step.at or (goes_on and 'the beginning of the file') or 'the whole file'
end

-- Returns the blocks of the code as the reader sees it, with the place where it goes above
-- it.
local function shown(step, text, language, goes_on)
  local _, lines = text:gsub('\n', '')
  local id = page.unique('typed-' .. step.file:gsub('[^%w]+', '-'))
  local code = page.write { pandoc.CodeBlock((text:gsub('^\n', ''):gsub('\n+$', '')),
    pandoc.Attr(id .. '-code', { sources.named(language) })) }
  if page.print then code = listings.for_paper(code) end
  local caption = listings.caption(('<span class="path">%s</span>'):format(
    listings.path(folder .. '/' .. step.file)), place(step, goes_on))
  local is_taken = step.kind == 'take'
  -- On paper, what is taken is only named.
  if is_taken and page.print then
    return pandoc.List { listings.figure(' taken', 1, id, caption, '') }
  end
  local figure = listings.figure(is_taken and ' taken' or ' typed', lines, id, caption, code)
  if not is_taken then return pandoc.List { figure } end
  return pandoc.List { page.html(('<details><summary>%s</summary>'):format(
    page.escape(step.file))), figure, page.html('</details>') }
end

-- Is more typed at the end of a file, in the same step, after the block number i?
local function goes_on(blocks, i, file)
  for j = i + 1, #blocks do
    if blocks[j].t == 'Header' and blocks[j].level == 2 then return false end
    local later = read(blocks[j])
    if later and later.file == file and later.at then return true end
  end
  return false
end

-- Notes what the reader does, in order, and returns the page's blocks, with the files that
-- are typed as the reader sees them.
function steps.collect(blocks)
  local result, number, title, only = pandoc.List(), nil, nil, nil
  for _, block in ipairs(blocks) do
    local name, text = comment(block)
    if name == 'folder' then folder = text end
  end
  local has_own_folder = folder ~= KERNEL
  local function note(step)
    step.step, step.title = number, title
    step.folder = has_own_folder and folder or nil
    page.note('steps', step)
  end
  local function note_commands(block)
    local name, text = comment(block)
    if name == 'only' then
      only = text
    elseif name == 'do' and has_own_folder then
      note { kind = 'run', text = '$ ' .. text }
    elseif block.t == 'CodeBlock' and block.classes[1] == 'console' then
      note { kind = 'run', text = block.text, only = only }
      only = nil
    elseif block.t == 'BlockQuote' and has_own_folder then
      for _, inner in ipairs(block.content) do note_commands(inner) end
    end
  end
  local i = 1
  while i <= #blocks do
    local block = blocks[i]
    local heading = block.t == 'Header' and block.level == 2 and pandoc.utils.stringify(block)
    if heading then
      number, title = heading:match('^Step (%d+): (.*)$')
      number = tonumber(number)
    end
    local step = read(block)
    if step and not number then
      page.problem(step.file, 'this is not within a step: “## Step 1: ...”')
    elseif step and step.kind == 'remove' then
      note(step)
    elseif step then
      local text, language = code_of(blocks[i + 1], step.kind == 'take')
      if text then
        if step.gap == 'above' or step.gap == 'both' then text = '\n' .. text end
        if step.gap == 'below' or step.gap == 'both' then text = text .. '\n' end
        step.text, step.gap = text, nil
        note(step)
        result:extend(shown(step, text, language, goes_on(blocks, i, step.file)))
        block = nil
      elseif not blocks[i + 1] or not listings.is_one(blocks[i + 1]) then
        page.problem(step.file, 'no code follows for ' .. step.file)
      end
      i = i + 1
    elseif number or has_own_folder then
      note_commands(block)
    end
    if block then result:insert(block) end
    i = i + 1
  end
  return result
end

return steps
