# loader.mk - makes a disk that starts the kernel without GRUB: the boot sector, the
# second stage and the kernel, one after another. NASM puts it together. kernel.mk
# includes this file.

LOADER_FOLDER := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
DISK_IMAGE    := $(BUILD)/kernel.img
LOADER_SOURCES := $(addprefix $(LOADER_FOLDER)/,boot_sector.asm loader.asm loader_addresses.h)

# Headers that the loader shares with the kernel. A chapter or a project may have none of
# them: then they are beside the loader, or in the chapters that it comes from.
LOADER_HEADERS := addresses.h uart.h multiboot2.h multiboot2_info.h
loader_header = $(firstword $(call in_layers,$1) $(wildcard $(LOADER_FOLDER)/$1 \
	$(LOADER_FOLDER)/../$1 $(LOADER_FOLDER)/../../*/$1))

$(BUILD)/loader/%.inc: $$(call loader_header,$$*.h) $(COMMON)/nasm-header.awk
	@mkdir -p $(@D) && awk -f $(COMMON)/nasm-header.awk $< > $@

# The lowest address that the kernel takes.
lowest = $(shell $(OBJDUMP) -p $1 | awk '/ paddr 0x/ { address = $$7 } \
	/ memsz 0x/ && $$4 !~ /^0x0+$$/ && (!least || address < least) { least = address } \
	END { sub(/0x0+/, "0x", least); print least }')

$(DISK_IMAGE): $(BUILD)/kernel.elf $(BUILD)/command_line $(LOADER_SOURCES) \
		$(addprefix $(BUILD)/loader/,$(LOADER_HEADERS:.h=.inc) loader_addresses.inc)
	@$(OBJCOPY) --strip-debug $< $(BUILD)/loader/kernel.elf
	$(call quiet,DISK  $@)$(NASM) -f bin -I$(LOADER_FOLDER)/ -I$(BUILD)/loader/ \
		-DKERNEL="'$(BUILD)/loader/kernel.elf'" -DLOWEST=$(call lowest,$<) \
		-DCOMMAND_LINE="'$(BUILD)/command_line'" -o $@ $(LOADER_FOLDER)/loader.asm

image: $(DISK_IMAGE) ## builds a disk that starts the kernel with a loader of our own
	@size=$$(wc -c < $<); used=$$(cmp -l $< /dev/zero 2>&1 | awk 'NF == 3 { last = $$1 } END { print last }'); \
	echo "$<: $$size bytes, of which the loader and the kernel take the first $$used"
	@echo "In QEMU:        qemu-system-x86_64 -drive format=raw,file=$<"
	@echo "On a USB stick: sudo dd if=$< of=/dev/sdX bs=1M conv=fsync, where lsblk shows \
	the stick as sdX. All that was on it is lost."
