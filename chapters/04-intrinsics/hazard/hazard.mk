# hazard.mk - the trap that your own memcpy can fall into.

.PHONY: hazard

hazard: ## shows which compilers make memcpy call itself
	@$(PYTHON) -B hazard/hazard.py '$(OBJDUMP)' $(BUILD)/hazard gcc \
		$(shell $(TOOLS) find cross-gcc) clang
