-- mistakes.lua - the mistakes of the chapters' folders mistakes/, each as a section of a page.

local page = require 'page'
local listings = require 'listings'

local stringify = pandoc.utils.stringify
local KINDS = { ['+'] = 'new', ['-'] = 'gone' }

-- Returns the files of a kind, chapter by chapter.
local function files(kind)
  for folder in pandoc.pipe('sh', { '-c', 'ls -d chapters chapters/* chapters/*/mistakes' },
      ''):gmatch('[^\n]+') do
    page.note('inputs', folder) -- for the mistakes that will be added
  end
  return pandoc.pipe('sh', { '-c', 'ls -d chapters/*/mistakes/"$1"-*.md || true', '-', kind },
    ''):gmatch('[^\n]+')
end

-- Returns a change as a listing: a line `@@ FILE` begins the lines of a file.
local function change(text, chapter)
  local list, lines, file, count = pandoc.List(), {}, nil, 0
  local function finish()
    if not file then return end
    list:insert(listings.figure('', count, page.unique('mistake-' .. file:gsub('[^%w]+', '-')),
      ('<span class="path">%s</span> <span class="range">the slip, in the kernel of chapter %d'
        .. '</span>'):format(page.escape(file), chapter),
      ('<pre class="difference"><code>%s</code></pre>'):format(table.concat(lines))))
  end
  for line in (text .. '\n'):gmatch('([^\n]*)\n') do
    local next_file = line:match('^@@ (.+)$')
    if next_file and next_file == file then
      lines[#lines + 1] = '<span>⋮\n</span>'
    elseif next_file then
      finish()
      file, lines, count = next_file, {}, 0
    else
      local kind = KINDS[line:sub(1, 1)]
      lines[#lines + 1] = ('<span%s>%s\n</span>'):format(
        kind and (' class="%s"'):format(kind) or '', page.escape(line))
      count = count + 1
    end
  end
  finish()
  return list
end

-- Returns the blocks of a file, with its links as those of the page.
local function section(path)
  local folder, chapter = path:match('^(chapters/(%d+)[^/]*/mistakes)/')
  local document = pandoc.read(table.concat(page.read(path), '\n'), 'gfm+smart+footnotes')
  local up = page.folder:gsub('[^/]+', '..')
  local result = pandoc.List()
  for _, block in ipairs(document.blocks) do
    if block.t == 'CodeBlock' and block.classes[1] == 'diff' then
      result:extend(change(block.text, tonumber(chapter)))
    else
      if block.t == 'Header' then block.level = 3 end
      result:insert(block)
    end
  end
  if not document.blocks[1] or document.blocks[1].t ~= 'Header' then
    page.problem('', path .. ' does not begin with a title')
  end
  return pandoc.Pandoc(result):walk {
    Link = function(link)
      if link.target:match('^[%a#]+:') or link.target:match('^#') then return nil end
      link.target = up .. '/' .. page.join(folder, link.target)
      return link
    end,
  }.blocks
end

-- Returns a page's blocks, with the mistakes for each paragraph that is only a link with the title
-- "mistakes: KIND".
return function(blocks)
  local result, seen = pandoc.List(), {}
  for _, block in ipairs(blocks) do
    local link = block.t == 'Para' and #block.content == 1 and block.content[1].t == 'Link'
      and block.content[1]
    local kind = link and link.title:match('^mistakes: (%a+)$')
    local found = false
    for path in kind and files(kind) or function() end do
      result:extend(section(path))
      found = true
    end
    if kind and not found then
      page.problem(link.title, ('no chapter has a file mistakes/%s-*.md'):format(kind))
    elseif not kind then
      result:insert(block)
    end
  end
  for _, block in ipairs(result) do
    if block.t == 'Header' then
      if seen[block.identifier] then
        page.problem('mistakes: ', ('two sections are called “%s”'):format(stringify(block)))
      end
      seen[block.identifier] = true
    end
  end
  return result
end
