/* exception_names.c - what the manuals call the exceptions (Intel SDM
 * vol. 3A, "Exception and Interrupt Vectors"; AMD APM vol. 2,
 * "Vectors"). */
#include <exception_names.h>

#define RESERVED "Reserved exception"

const char *const exception_names[EXCEPTIONS] = {
    "Divide error (#DE)",
    "Debug exception (#DB)",
    "Non-maskable interrupt (NMI)",
    "Breakpoint (#BP)",
    "Overflow (#OF)",
    "Bound range exceeded (#BR)",
    "Invalid opcode (#UD)",
    "Device not available (#NM)",
    "Double fault (#DF)",
    "Coprocessor segment overrun",
    "Invalid TSS (#TS)",
    "Segment not present (#NP)",
    "Stack-segment fault (#SS)",
    "General protection fault (#GP)",
    "Page fault (#PF)",
    RESERVED,
    "x87 floating-point error (#MF)",
    "Alignment check (#AC)",
    "Machine check (#MC)",
    "SIMD floating-point exception (#XM)",
    "Virtualization exception (#VE)",
    "Control protection exception (#CP)",
    RESERVED,
    RESERVED,
    RESERVED,
    RESERVED,
    RESERVED,
    RESERVED,
    "Hypervisor injection exception (#HV)",
    "VMM communication exception (#VC)",
    "Security exception (#SX)",
    RESERVED,
};
