-- The globals that Pandoc gives to a filter, and those that it calls.
std = "lua54"
read_globals = { "pandoc", "PANDOC_SCRIPT_FILE", "PANDOC_WRITER_OPTIONS", "PANDOC_STATE" }
globals = { "Pandoc", "Note" }
max_line_length = 100
