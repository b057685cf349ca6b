-- links.lua - links between the pages of the book, and to its sources.

local page = require 'page'

-- Keeps a number on the line of the word before it: "step 11".
local function keep_number(inlines)
  for i = 2, #inlines - 1 do
    local is_blank = inlines[i].t == 'Space' or inlines[i].t == 'SoftBreak'
    local after = inlines[i + 1]
    if is_blank and after.t == 'Str' and after.text:match('^%d+$') then
      inlines[i] = pandoc.Str('\u{a0}')
    end
  end
end

-- Checks where a link leads, and turns it into one between the book's pages.
return function(element)
  keep_number(element.content)
  local target, fragment = element.target:match('^([^#]*)#?(.*)$')
  if element.target:match('^%a+:') then return nil end
  local name, path = page.name, page.join(page.folder, target)
  if target ~= '' then
    if not page.exists(path) then
      page.problem('](' .. element.target, ('the link leads nowhere: there is no file %s')
        :format(path))
      return nil
    end
    name = target:match('%.md$') and page.name_of(path)
    if not page.names_of_all[name] then name = nil end
  end
  if not name then
    if fragment ~= '' then
      page.problem('](' .. element.target, 'a part of a file is shown where the link to it '
        .. 'is a paragraph of its own')
    end
    if page.print then return element.content end
    element.target = page.source(path)
    return element
  end
  if fragment ~= '' then
    local known = name == page.name and page.anchors
    if known and not known[fragment] then
      page.problem('](' .. element.target, ('the page has no section #%s')
        :format(fragment))
    elseif not known then
      page.note('links', { page = name, section = fragment,
        line = page.line_of('](' .. element.target) })
    end
  end
  if page.print then
    element.target = '#' .. page.printed_id(name, fragment)
  else
    element.target = (name ~= page.name and name .. '.html' or '')
      .. (fragment ~= '' and '#' .. fragment or '')
    if element.target == '' then element.target = '#main' end
  end
  return element
end
