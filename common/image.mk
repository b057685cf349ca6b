# image.mk - makes the ISOs that boot a kernel: $(ISO) with a BIOS, $(UEFI_ISO) with UEFI.

# One date for everything in the ISO, so that it is the same on each build.
SOURCE_DATE_EPOCH ?= 1577836800
export SOURCE_DATE_EPOCH

# $(call make_iso,PLATFORM,MODULES): GRUB, its modules and the kernel.
define make_iso
	@mkdir -p $(@D)/iso/boot/grub
	@$(OBJCOPY) --strip-debug $< $(@D)/iso/boot/kernel.elf
	@awk -v file=$(BUILD)/command_line -f $(COMMON)/grub-cfg.awk $(COMMON)/grub.cfg \
		> $(@D)/iso/boot/grub/grub.cfg
	$(call quiet,ISO   $@)$(GRUB_MKRESCUE) -d $(call tool,grub-$1) \
		--install-modules="$2" --locales= --fonts= --themes= \
		-o $@ $(@D)/iso -- \
		-volume_date uuid 2020010100000000 \
		-volume_date all_file_dates =$(SOURCE_DATE_EPOCH) \
		> $@.log 2>&1 || { cat $@.log >&2; rm -f $@; \
		[ -d "$${TMPDIR:-/tmp}" ] || echo "TMPDIR=$$TMPDIR: there is no such folder" >&2; exit 1; }
endef

# GRUB looks for all kinds of partitions; a missing module is a line on screen.
PARTITIONS := $(addprefix part_,acorn amiga apple bsd dfly dvh gpt msdos plan \
	sun sunpc)

GRUB_CFG := $(addprefix $(COMMON)/,grub.cfg grub-cfg.awk image.mk)
$(ISO): $(BUILD)/kernel.elf $(BUILD)/command_line $(GRUB_CFG)
	$(if $(call tool,xorriso),)
	$(call make_iso,i386-pc,multiboot2 normal test iso9660 biosdisk $(PARTITIONS))

$(UEFI_ISO): $(BUILD)/kernel.elf $(BUILD)/command_line $(GRUB_CFG)
	$(if $(call tool,xorriso)$(call tool,mformat),)
	$(call make_iso,x86_64-efi,multiboot2 normal test efi_gop video_fb iso9660 fat $(PARTITIONS))
