/* no-screen.h - for targets without a text screen, or with a system
 * that keeps it for itself: what is written goes nowhere. */
#define SCREEN ((uint16_t[2]){0})
