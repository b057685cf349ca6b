"""What the stack of a stopped kernel shows: its return addresses, and so who called whom.

The kernels keep no frame pointers. But a word on the stack that follows `call f` in the
kernel's code is a return address into a caller of f, and if the CPU is in f, the first
such word is most likely the one that this call of f has left.
"""
import itertools

PAGE_SIZE = 4096
# A stack has more of them after an endless recursion, but no more that say anything.
MOST_CALLERS = 8


def bounds(kernel):
    """Returns where the kernel's stack begins, above its guard page, and where it ends;
    None if the kernel does not name them."""
    guard, top = kernel.symbol("stack_guard"), kernel.symbol("stack_top")
    return None if None in (guard, top) else (guard + PAGE_SIZE, top)


def lost(kernel, pointer):
    """Returns a line about a stack pointer that is not in the kernel's stack, or in the
    guard page below it; None if it is, or if the kernel does not name its stack."""
    limits = bounds(kernel)
    if limits is None or limits[0] - PAGE_SIZE <= pointer <= limits[1]:
        return None
    return (f"The stack pointer, {pointer:#x}, is not in the kernel's stack, which goes "
            f"from {limits[0]:#x} to {limits[1]:#x}.")


class Stack:
    """The words on the stack, from the stack pointer up. memory: a function that returns
    SIZE bytes at an ADDRESS. width: the bytes of a word."""

    def __init__(self, kernel, memory, pointer, width):
        self._kernel = kernel
        below = pointer - width
        limits = bounds(kernel)
        # Outside of the kernel's own stack, the words next to the stack pointer will do;
        # a wild one has none.
        end = limits[1] if limits and lost(kernel, pointer) is None else pointer + width
        words = memory(below, end - below) if 0 <= below and end < 1 << 30 else b""
        self._words = [int.from_bytes(words[at:at + width], "little")
                       for at in range(0, len(words) - width + 1, width)]

    def returned_to(self, address):
        """Has a `ret` just taken this address from the stack? It is still below it. But it
        may also be left there from before, if a jump has led to it."""
        if self._words[:1] != [address]:
            return False
        jumped = self.jumped_from(address)
        return jumped is None or (jumped in self._kernel.functions
                                  and not self._kernel.jumps_anywhere(jumped))

    def jumped_from(self, address):
        """Returns which instruction has made the CPU go to an address: a call of it, or,
        as near as can be seen, the start of the function that has ended with a jump to
        it. None if it came in another way."""
        if len(self._words) < 2:
            return None
        top = self._words[1]
        target = self._kernel.target_of_call(top)
        if target == address or self._kernel.follows_indirect_call(top):
            return top - 1
        return target if target in self._kernel.functions else None

    def next_return_address(self):
        """Returns the first word that follows a call of one of the kernel's functions."""
        return next((word for word in self._words[1:]
                     if self._kernel.target_of_call(word) in self._kernel.functions), None)

    def callers(self, address):
        """Returns the return addresses of the calls that led to an address of the
        kernel's code, the last one first, as far as the stack shows them."""
        found = []
        words = iter(self._words[1:])
        called = self._kernel.function(address)
        while called is not None:
            word = next((word for word in words
                         if self._kernel.target_of_call(word) == called), None)
            if word is None:
                break
            found.append(word)
            called = self._kernel.function(word - 1)
        return found

    def called_by(self, address):
        """Returns a line for each of these calls; one that was made again and again has
        one line for all."""
        lines = []
        for word, group in itertools.groupby(self.callers(address)):
            if len(lines) == MOST_CALLERS:
                return [*lines, "  ..."]
            times = len(list(group))
            lines.append(f"  called by {self._kernel.place(word - 1)}"
                         f"{f', {times} times' if times > 1 else ''}")
        return lines
