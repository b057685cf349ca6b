# grub-cfg.awk - adds the kernel's command line, which is in a file, to grub.cfg. A
# backslash keeps GRUB from reading more into a character.
BEGIN {
    if ((getline line < file) > 0) gsub(/[^A-Za-z0-9_=,.\/ -]/, "\\\\&", line)
}
$1 == "multiboot2" && line != "" { $0 = $0 " " line }
{ print }
