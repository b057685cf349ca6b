-- footnotes.lua - Pandoc's filter that leaves notes where they are said: print.css
-- puts them at the foot of the page.
function Note(note)
  local text = pandoc.utils.blocks_to_inlines(note.content)
  return pandoc.Span(text, pandoc.Attr('', { 'footnote' }))
end
