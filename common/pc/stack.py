"""What the stack of a stopped kernel shows: its return addresses, and so who called whom."""
import functools
import itertools

PAGE_SIZE = 4096
# The size of an array that may be a stack.
LEAST_STACK = 256
# As many words may have been pushed after a return address.
UPPERMOST = 16
# A stack has more of them after an endless recursion, but no more that say anything.
FIRST_CALLERS, LAST_CALLERS = 6, 2


def bounds(kernel):
    """Returns where the kernel's stack begins, above its guard page, and where it ends;
    None if the kernel does not name them."""
    guard, top = kernel.symbol("stack_guard"), kernel.symbol("stack_top")
    return None if None in (guard, top) else (guard + PAGE_SIZE, top)


def lowest_start(kernel):
    """Returns the lowest address at which the stack may begin: that of the last variable below
    stack_top, or of their segment. None if the kernel does not name its stack, or
    if that is in no segment."""
    top = kernel.symbol("stack_top")
    segment = top is not None and (kernel.segment(top - 1) or kernel.segment(top))
    if not segment:
        return None
    return kernel.last_variable(segment.start, top) or segment.start


def lost(kernel, pointer):
    """Returns a line about a stack pointer that is not in the kernel's stack, or in the
    guard page below it; None if it is, or if the kernel does not name its stack."""
    limits, top, lowest = bounds(kernel), kernel.symbol("stack_top"), lowest_start(kernel)
    # A kernel may have other stacks of its own.
    if (limits is None or pointer > limits[1]) and (kernel.object_with(pointer) or ("", 0))[1] >= LEAST_STACK:
        return None
    if limits is None and lowest is not None and not lowest <= pointer <= top:
        return (f"The stack pointer, {pointer:#x}, is not in the kernel's stack, which ends at stack_top, "
                f"{top:#x}: is ESP loaded with that address?")
    if limits is None or limits[0] - PAGE_SIZE <= pointer <= limits[1]:
        return None
    if pointer < limits[0] and kernel.segment(pointer):
        return (f"The stack pointer, {pointer:#x}, is below the stack and its guard page: has "
                "the stack overflowed, or was the pointer wrong from the start? The guard page "
                "works only after paging_protect_kernel, and stops only what touches it.")
    return (f"The stack pointer, {pointer:#x}, is not in the kernel's stack, which goes "
            f"from {limits[0]:#x} to {limits[1]:#x}.")


def above_stack(kernel, pointer):
    """Returns a line about the stack pointer right before the call of kernel_main, if it was
    above the stack; None if it was not, or if pointer is None."""
    top = kernel.symbol("stack_top")
    if top is None or pointer is None or pointer <= top:
        return None
    return (f"kernel_main was called with the stack pointer {pointer:#x}, above stack_top, which is "
            f"{top:#x}: what is pushed there and what lies there overwrite each other.")


class Stack:
    """The words on the stack of a machine. registers: a function that returns a register's
    value by its name, or None. width: the bytes of a word."""

    is_interrupted = False

    def __init__(self, kernel, machine, registers, width):
        self._kernel, self._machine, self._width = kernel, machine, width
        first = "R" if width == 8 else "E"
        self._pointer = registers(f"{first}SP") or 0
        self._frame_pointer = registers(f"{first}BP") or 0
        self._registers = registers

    @functools.cached_property
    def _content(self):
        """The whole stack; nothing if the kernel does not name it."""
        start, top = bounds(self._kernel) or (0, 0)
        return (start, self._machine.memory(start, top - start)) if start < top else (0, b"")

    def _word(self, address):
        """Returns a word; 0 where the kernel has no memory."""
        start, content = self._content
        if start <= address and address + self._width <= start + len(content):
            word = content[address - start:][:self._width]
        elif 0 <= address < 1 << 30:
            word = self._machine.memory(address, self._width)
        else:
            return 0
        return int.from_bytes(word, "little")

    def taken(self):
        """Returns the word that was taken from the stack last, or was left there before:
        the one below the stack pointer."""
        return self._word(self._pointer - self._width)

    def returned_to(self, address):
        """Has a `ret` just taken this address from the stack? It may also be left there
        from before, if a jump has led to it."""
        if self.taken() != address:
            return False
        jumped = self.jumped_from(address)
        if jumped is None:
            return not self._kernel.follows_call(self._word(self._pointer))
        return jumped in self._kernel.functions and not self._kernel.jumps_anywhere(jumped)

    def has_returned(self, address):
        """Has a `ret` made the CPU go to an address? In page 0, it may have run on from there
        for a while, through the BIOS's table of interrupts."""
        start = self.taken()
        return self._pointer != 0 and self.returned_to(start) and (
            start == address or start < address < PAGE_SIZE)

    def was_called(self, address):
        """Has a call, whose return address is on top of the stack, gone to an address?"""
        top = self._word(self._pointer)
        return self._kernel.target_of_call(top) == address or \
            self._kernel.called_through(top, self._registers) == address

    def jumped_from(self, address):
        """Returns which instruction has made the CPU go to an address: a call of it, or,
        as near as can be seen, the start of the function that has ended with a jump to
        it. None if it came in another way."""
        top = self._word(self._pointer)
        if self.was_called(address):
            return top - 1
        target = self._kernel.target_of_call(top)
        return target if target in self._kernel.functions else None

    @functools.cached_property
    def pointer_used(self):
        """Returns the place of the last call by a pointer that the stack shows, or the start of a
        function that may have jumped by one, after a call of it; None if the last call was another
        one. Only the uppermost words are looked at: what the CPU has come to may have pushed some."""
        for at in range(self._pointer, self._pointer + UPPERMOST * self._width, self._width):
            word = self._word(at)
            if self._kernel.follows_call(word):
                target = self._kernel.target_of_call(word)
                if target is None:
                    return word - 1
                return target if self._kernel.jumps_anywhere(target) else None
        return None

    def _frames(self, address):
        """Yields for an address of the kernel's code, and then for each of the calls that led
        there, the last one first, as long as it is known where they are: the address, the stack
        pointer before its function was called, and where the function will return to, or None
        if that is no place after a call."""
        pointer, frame_pointer = self._pointer, self._frame_pointer
        if self._word(pointer) - 1 == address:  # the call itself, whose target is astray
            pointer += self._width
        while True:
            frame = self._kernel.frames.at(address)
            if frame:
                register, distance, kept = frame
                end = distance + (pointer if register == "rsp" else frame_pointer)
                if kept:
                    frame_pointer = self._word(end - kept)
            else:  # assembly: nothing but the return address, if that is there
                end = pointer + self._width
                if self._kernel.target_of_call(self._word(pointer)) != \
                        self._kernel.function(address):
                    return
            if end <= pointer:
                return
            word = self._word(end - self._width)
            caller = word if self._kernel.follows_call(word) else None
            yield address, end, caller
            if caller is None:
                return
            address, pointer = caller - 1, end

    def callers(self, address):
        """Yields the return addresses of the calls that led to an address of the kernel's code,
        the last one first."""
        return (caller for *_, caller in self._frames(address) if caller is not None)

    def pointer_before(self, function, address):
        """Returns the stack pointer right before the call of a function that has led to an
        address of the kernel's code; None if it cannot be said, or if there is none."""
        return next((end for place, end, _ in self._frames(address)
                     if self._kernel.function(place) == function is not None), None)

    def led_from(self):
        """Returns a line about the way to a place that is not code of the kernel, from the
        first word that follows a call of one of its functions; no line if there is none."""
        # Before there is a guard page, the stack may be anything in its segment up to its top.
        top, segment = self._kernel.symbol("stack_top"), self._kernel.segment(self._pointer)
        lowest, _ = bounds(self._kernel) or (segment and segment.start, top)
        if top is None or segment is None or not lowest <= self._pointer <= top <= segment.end:
            return []
        for at in range(self._pointer, top, self._width):
            word = self._word(at)
            target = self._kernel.target_of_call(word)
            if target in self._kernel.functions:
                return [f"  the stack leads back to {self._kernel.name(target)}, called by "
                        f"{self._kernel.place(word - 1)}"]
            if at == self._pointer and self._kernel.follows_call(word):
                return [f"  the stack leads back to {self._kernel.place(word - 1)}"]
        return []

    def called_by(self, address):
        """Returns a line for each of these calls; one that was made again and again has
        one line for all."""
        groups = [(word, len(list(group)))
                  for word, group in itertools.groupby(self.callers(address))]
        if len(groups) > FIRST_CALLERS + LAST_CALLERS:
            groups[FIRST_CALLERS:-LAST_CALLERS] = [(None, 0)]
        return ["  ..." if word is None else
                f"  called by {self._kernel.place(word - 1)}"
                f"{f', {times} times' if times > 1 else ''}" for word, times in groups]


class InterruptedStack(Stack):
    """A stack on which the CPU has pushed a frame for an exception that was handled: what
    was below the stack pointer, such as an address to which a `ret` has gone, is lost."""

    is_interrupted = True

    def has_returned(self, address):
        return False
