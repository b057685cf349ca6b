"""Compares what a kernel says of an exception with what QEMU has noted of it."""
import re

from qemu_log import EXCEPTIONS, PRESENT

# How it shows the registers at that moment: "RAX 0x0000000000000005".
SHOWN = re.compile(r"\b(CR2|CS|SS|RFLAGS|R(?:[ABCD]X|[SD]I|BP|SP|8|9|1[0-5])) +0x([0-9a-f]{16})\b")

# How the manuals abbreviate an exception: "#PF".
NAME = re.compile(r"#[A-Z]{2}\b")

# What a fault may have set in the RFLAGS that it has pushed (Intel SDM vol. 3A, 2.3).
RESUME_FLAG = 1 << 16


def wrong_report(kernel, kernel_says, event, error):
    """Returns a line about what a kernel shows of an event, if that is wrong; else None. kernel_says:
    what it has printed; error: the error code in it."""
    if event.error != error:
        return f"The kernel shows the error code {error:#x}, but it is {event.error:#x}."
    if event.is_32_bit():
        return None
    return _wrong_registers(kernel_says, event) or _wrong_name(kernel, kernel_says, event.vector) or \
        _wrong_cause(kernel_says, event)


def _wrong_registers(kernel_says, event):
    """Returns a line about registers that a kernel shows with other values than they had; None
    if all are right. kernel_says: what it has printed."""
    shown = {name: int(value, 16) for name, value in SHOWN.findall(kernel_says)}
    if "RFLAGS" in shown:
        shown["RFLAGS"] &= ~RESUME_FLAG
    was = {name: event.register(name) for name in shown}
    was.update(CR2=event.address if event.is_page_fault else None, RFLAGS=event.register("RFL"))
    wrong = [(name, value, was[name]) for name, value in shown.items()
             if was[name] not in (None, value)]
    if not wrong:
        return None
    name, shown, right = wrong[0]
    names = " and ".join(name for name, _, _ in wrong[:2]) if len(wrong) < 3 else \
        f"{name} and {len(wrong) - 1} more registers"
    return (f"The kernel shows {names} wrong: {name} was {right:#x}, and not {shown:#x}. Are the "
            "registers pushed in the order of struct exception?")


def _wrong_name(kernel, kernel_says, vector):
    """Returns a line about the name that a kernel has in its exception_names for a vector, if it
    is that of another; else None. kernel_says: what it has printed."""
    shown = re.search(rf"(\S.*), vector {vector},", kernel_says)
    right = NAME.search(EXCEPTIONS.get(vector, ""))
    if kernel.symbol("exception_names") is None or not shown or not right or right[0] in shown[1]:
        return None
    return (f'The kernel says "{shown[1]}", but vector {vector} is {right[0]}: is a name or a comma '
            "missing in exception_names.c?")


def _wrong_cause(kernel_says, event):
    """Returns a line about the cause of a page fault, if a kernel gives the opposite one; else None."""
    for words, is_present in (("which is read-only", False), ("which is not mapped", True)):
        if event.is_page_fault and words in kernel_says and bool(event.error & PRESENT) == is_present:
            return (f'The kernel says "{words}", and the error code, {event.error:#x}, says the opposite: its bit 0 '
                    "is 1 if the page is mapped.")
    return None
