-- mistakes.lua - the mistakes of the chapters' folders mistakes/, each as a section of a page.

local page = require 'page'
local listings = require 'listings'

local stringify = pandoc.utils.stringify
-- Returns all files of mistakes, chapter by chapter. They are looked for once.
local all
local function files()
  if all then return all end
  all = {}
  for chapter in page.names('chapters') do
    local folder = 'chapters/' .. chapter
    for name in page.names(folder) do
      for file in name == 'mistakes' and page.names(folder .. '/mistakes') or function() end do
        all[#all + 1] = folder .. '/mistakes/' .. file
      end
    end
  end
  return all
end

-- Returns a change as listings: a line `@@ FILE` begins the lines of a file.
local function change(text, chapter)
  local list, lines, file = pandoc.List(), {}, nil
  local function finish()
    if not file then return end
    list:insert(listings.figure('', #lines, page.unique('mistake-' .. listings.slug(file)),
      listings.caption(('<span class="path">%s</span>'):format(listings.path(file)),
        ('the slip, in the kernel of chapter %d'):format(chapter)),
      (listings.changed(lines))))
  end
  for line in (text .. '\n'):gmatch('([^\n]*)\n') do
    local next_file = line:match('^@@ (.+)$')
    if next_file and next_file ~= file then
      finish()
      file, lines = next_file, {}
    else
      lines[#lines + 1] = line
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
    local link = listings.only_link(block)
    local kind = link and link.title:match('^mistakes: (%a+)$')
    local found = false
    for _, path in ipairs(kind and files() or {}) do
      if path:match('/' .. kind .. '%-[^/]*%.md$') then
        result:extend(section(path))
        found = true
      end
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
