/* demo.c - a heap: memory that is asked for while the kernel runs, and
 * given back. First fit, in a list of blocks that follow each other. */
#include <demo.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kprintf.h>
#include <panic.h>

/* A block's header. The memory comes right after it. */
struct block {
    struct block *next; /* NULL after the last one */
    size_t size;        /* in bytes, without the header */
    bool is_free;
} __attribute__((aligned(16)));

/* A real one would take its memory from the loader's map. */
static uint8_t arena[0x10000] __attribute__((aligned(16)));
static struct block *const first = (struct block *)arena;

static void heap_init(void)
{
    first->size = sizeof arena - sizeof *first;
    first->is_free = true;
}

static void *allocate(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    for (struct block *block = first; block; block = block->next) {
        if (!block->is_free || block->size < size)
            continue;
        if (block->size >= size + 2 * sizeof *block) { /* split it */
            struct block *rest =
                (struct block *)((uint8_t *)(block + 1) + size);

            *rest = (struct block){
                block->next, block->size - size - sizeof *rest, true};
            block->next = rest;
            block->size = size;
        }
        block->is_free = false;
        return block + 1;
    }
    return NULL;
}

static void release(void *memory)
{
    struct block *block = (struct block *)memory - 1;

    if (block->is_free)
        panic("%p is released twice", memory);
    block->is_free = true;
    for (block = first; block; block = block->next)
        while (block->is_free && block->next && block->next->is_free) {
            block->size += sizeof *block + block->next->size;
            block->next = block->next->next; /* two become one */
        }
}

static void show(const char *after)
{
    kprintf("\n  %-22s", after);
    for (struct block *block = first; block; block = block->next)
        kprintf(block->is_free ? " [%zu free]" : " [%zu]", block->size);
}

void demo_run(void)
{
    heap_init();
    show("at first");
    void *a = allocate(1000), *b = allocate(2000), *c = allocate(3000);
    show("three are taken");
    release(b);
    show("the second is back");
    b = allocate(500);
    show("500 bytes fit there");
    release(a);
    release(b);
    release(c);
    show("all are back");
    kprintf("\n  100000 bytes: %s\n",
            allocate(100000) ? "?" : "there are not that many");
}
