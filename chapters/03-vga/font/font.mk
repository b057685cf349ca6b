# font.mk - makes font.c out of a font that a Linux distribution has.

.PHONY: font

font: ## makes font.c again, from Debian's package of the font
	@$(PYTHON) -B font/generate.py '$(call tool,font)' font/OFL.txt > $(BUILD)/font.c && \
		cp $(BUILD)/font.c font.c
font: | $(BUILD)
