/* SPDX-License-Identifier: MIT */
/*
 * VMSAv8-64 page tables, 4 KiB granule, 48-bit input, four levels, written as real descriptors in
 * RAM. Used for processes by the world and for private tables by drivers. Every store to a
 * descriptor is reported to the SMMUs. Addresses of roots and tables here are physical; descriptors
 * in the memory of a VM hold what the guest calls them (world_bus_address()).
 */
#ifndef SVAFUZZ_WORLD_PGTABLE_H
#define SVAFUZZ_WORLD_PGTABLE_H

#include "ram.h"

struct world;

enum { PT_READ = 1, PT_WRITE = 2 };

/* Page descriptor bits that we write (Arm ARM D8.3): valid page, attribute index 0, AP[1] (user),
 * AP[2] (read-only), inner shareable, AF, nG, XN. */
#define PT_VALID     (1ull << 0)
#define PT_TABLE     (3ull << 0)
#define PT_PAGE	     (3ull << 0)
#define PT_AP_USER   (1ull << 6)
#define PT_AP_RO     (1ull << 7)
#define PT_SH_INNER  (3ull << 8)
#define PT_AF	     (1ull << 10)
#define PT_NG	     (1ull << 11)
#define PT_PXN	     (1ull << 53)
#define PT_UXN	     (1ull << 54)
#define PT_ADDR_MASK 0x0000fffffffff000ull

/* A new empty tree; the physical address of its root, or 0. */
uint64_t pgtable_alloc(struct world *world);
/* The same in the memory of a VM (WORLD_MAX_VMS: of the host). */
uint64_t pgtable_alloc_in(struct world *world, unsigned vm);
/* The root frame, once the tree is empty (WORLD_FAIL_BUG otherwise). */
void pgtable_free(struct world *world, uint64_t root);
/* The leaf descriptor at level 3 for va; 0 when a table on the way is missing. */
uint64_t pgtable_lookup(uint64_t root, uint64_t va);
/* -ENOMEM when a table page cannot be had (nothing is written then), 0. Overwrites. Tables of a
 * tree that is no process's are the driver's allocations: world.fail_nth counts them. */
int pgtable_set(struct world *world, uint64_t root, uint64_t va, uint64_t desc);
/* For a page at a physical address, as a tree in the same memory names it. */
uint64_t pgtable_leaf(uint64_t pa, unsigned prot);
/* Replace an existing leaf (the tables must be there). */
void pgtable_replace(struct world *world, uint64_t root, uint64_t va, uint64_t desc);

/*
 * Take tables that became empty below [start, end) out of the tree. They are unlinked now and
 * collected in `out` (at most PGTABLE_MAX_UNLINKED); the caller frees them with
 * pgtable_free_tables() once the range was invalidated (D-6). `out` is added to: start with
 * count = 0. When it is full, the rest stays linked, empty, until the next time.
 */
enum { PGTABLE_MAX_UNLINKED = 128 };
struct pgtable_unlinked {
	unsigned count;
	uint64_t table[PGTABLE_MAX_UNLINKED];
};
void pgtable_prune(struct world *world, uint64_t root, uint64_t start, uint64_t end,
		   struct pgtable_unlinked *out);
void pgtable_free_tables(struct world *world, struct pgtable_unlinked *unlinked);

#endif
