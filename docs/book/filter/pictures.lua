-- pictures.lua - figures, which are drawn, and screens, which are photographed.

local page = require 'page'

local pictures = {}
local stringify = pandoc.utils.stringify

-- Checks a picture's file and its text. Returns the file's path and the text, or nil.
local function checked(image)
  local path = page.join(page.folder, image.src)
  if not page.exists(path) then
    page.problem('](' .. image.src, ('there is no picture %s'):format(path))
    return nil
  end
  if not (path:match('/figures/[^/]*%.svg$') or path:match('/screens/[^/]*%.png$')
      or path:match('^docs/[^/]*%.svg$') or path:match('^docs/[^/]*%.png$')) then
    page.problem('](' .. image.src, ('%s is no figure (figures/NAME.svg) and no screen '
      .. '(screens/NAME.png)'):format(path))
    return nil
  end
  local text = stringify(image.caption)
  if text == '' then
    page.problem('](' .. image.src, 'the picture has no text that stands for it')
  end
  return path, text
end

-- A picture within text. Screens come from the photographs of this build.
function pictures.image(image)
  local path = checked(image)
  if not path then return nil end
  if path:match('/figures/') then
    page.problem('](' .. image.src, 'a figure is a paragraph of its own')
  end
  image.src = 'pictures/' .. path
  if not page.print then image.attributes.loading = 'lazy' end
  return image
end

-- Returns a drawing as a part of the page. In a browser, figures.css and the page's colors
-- are its style; elsewhere it keeps its own, the one for light paper.
local function drawing(path, text)
  local svg = table.concat(page.read(path), '\n')
  svg = svg:gsub(page.print and '<style media.-</style>\n?' or '<style.-</style>\n?', '')
    :gsub('<!%-%-.-%-%->\n?', '')
  local scale = page.print and .9 or 1.3
  local width, height = svg:match('viewBox="[%d.]+ [%d.]+ ([%d.]+) ([%d.]+)"')
  local head = ('<svg class="figure" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg" '
    .. 'viewBox="0 0 %s %s" width="%d" height="%d">'):format(page.escape(text), width,
    height, math.ceil(width * scale), math.ceil(height * scale))
  return (svg:gsub('^<svg.->', (head:gsub('%%', '%%%%')), 1))
end

local function caption(label, markdown, link)
  local blocks = pandoc.read(markdown, 'gfm+smart').blocks:walk { Link = link }
  if #blocks > 1 or (blocks[1] and blocks[1].t ~= 'Para') then
    page.problem(markdown, 'a caption is a line of text')
    return ''
  end
  local text = blocks[1] and page.write { pandoc.Plain(blocks[1].content) } or ''
  return ('<figcaption>%s%s</figcaption>'):format(label, text)
end

-- Returns the figure that a paragraph stands for, if it is nothing but a picture.
-- link(element) turns a link of its caption into one between pages.
function pictures.expand(block, link)
  local image = block.t == 'Para' and #block.content == 1 and block.content[1]
  if not image or image.t ~= 'Image' then return nil end
  local path, text = checked(image)
  if not path then return pandoc.List {} end
  local stem = path:match('([^/]*)%.%w+$')
  if path:match('figures/[^/]*%.svg$') then
    page.figures = page.figures + 1
    local chapter = page.title:match('^Chapter (%d+)')
    local label = ('<b>Figure %s%d.</b> '):format(chapter and chapter .. '.' or '',
      page.figures)
    return pandoc.List { page.html(('<figure class="drawing" id="%s"><div class="table" '
      .. 'role="group" aria-label="Figure">%s</div>%s</figure>'):format(
      page.unique('figure-' .. stem), drawing(path, text),
      caption(label, image.title, link))) }
  end
  local kind = path:match('screens/') and 'screen' or 'picture'
  return pandoc.List { page.html(('<figure class="%s" id="%s"><div class="table" '
    .. 'role="group" aria-label="Figure"><img src="pictures/%s" alt="%s" /></div>%s'
    .. '</figure>'):format(kind, page.unique(kind .. '-' .. stem),
    page.escape(path), page.escape(text),
    image.title ~= '' and caption('', image.title, link) or '')) }
end

return pictures
