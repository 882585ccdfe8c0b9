/* SPDX-License-Identifier: MIT */
/*
 * For the tests of this room: a driver that only writes down what the owners ask of it, so that a
 * test states the calls that it expects in one string.
 *   "bind 0/3"            device/mm; the PASID is mm + 1       "unbind 0/4"   device/PASID
 *   "map A 10000+2"       domain, address, pages               "unmap A 10000+2"
 *   "create 0"            VM                                   "destroy 0"
 *   "attach 1 to 0"       function, VM                         "detach 1"
 *   "table 1 IPA/4"       function, its guest's table, bits    "table 1 none"
 *   "cfgi 0:1/2"          VM:function/PASID                    "tlbi 0:1 asid 1"
 *   "tlbi 0:1 asid 1 10000+2"   address, pages                "atc 0:1/2 10000+2"; "all" for size 0
 *   "store 40 1"          a word of a guest's table: its offset there, valid or not (words 0 only)
 */
#ifndef SVAFUZZ_OWNERS_TEST_RIG_H
#define SVAFUZZ_OWNERS_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../internal.h"

enum { A, B, RW = PT_READ | PT_WRITE, PAGE = WORLD_FRAME_SIZE };

struct rig {
	struct driver base;
	struct world *world;
	struct owners *owners;
	struct owners_topology topology;
	int fail;			      /* what the next call that can fail returns */
	uint64_t frame[2][WORLD_SPACE_PAGES]; /* what is mapped, by domain */
	size_t used;
	char text[4096];
};

__attribute__((format(printf, 2, 3))) static inline void note(struct rig *rig, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(rig->text + rig->used, sizeof(rig->text) - rig->used, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(rig->text) - rig->used);
	rig->used += (size_t)n;
}

static inline struct rig *rig_of(struct driver *driver)
{
	return (struct rig *)driver;
}

static inline int take_failure(struct rig *rig)
{
	int error = rig->fail;

	rig->fail = 0;
	return error;
}

static inline int rig_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			   unsigned *pasid, uint64_t *handle)
{
	int error = take_failure(rig_of(driver));

	assert_int_equal(flags, 0);
	note(rig_of(driver), "bind %u/%u; ", device, mm);
	if (error)
		return error;
	*pasid = mm + 1;
	*handle = 100 + mm;
	return 0;
}

static inline int rig_unbind(struct driver *driver, unsigned device, unsigned pasid)
{
	note(rig_of(driver), "unbind %u/%u; ", device, pasid);
	return take_failure(rig_of(driver));
}

static inline unsigned rig_slot(uint64_t iova)
{
	unsigned slot = 0;

	while (world_slot_va(slot) != iova)
		slot++;
	return slot;
}

static inline int rig_map(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
			  unsigned count, unsigned prot)
{
	struct rig *rig = rig_of(driver);
	int error = take_failure(rig);

	assert_int_equal(prot, RW);
	note(rig, "map %c %llx+%u; ", 'A' + (char)domain, (unsigned long long)iova, count);
	for (unsigned i = 0; i < count && !error; i++) {
		assert_int_equal(rig->frame[domain][rig_slot(iova) + i], 0);
		rig->frame[domain][rig_slot(iova) + i] = pa[i];
	}
	return error;
}

static inline int rig_unmap(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
			    uint64_t *old_pa)
{
	struct rig *rig = rig_of(driver);

	note(rig, "unmap %c %llx+%u; ", 'A' + (char)domain, (unsigned long long)iova, count);
	for (unsigned i = 0; i < count; i++) {
		old_pa[i] = rig->frame[domain][rig_slot(iova) + i];
		assert_int_not_equal(old_pa[i], 0);
		rig->frame[domain][rig_slot(iova) + i] = 0;
	}
	return (int)count;
}

static inline int rig_vm_create(struct driver *driver, unsigned vm)
{
	note(rig_of(driver), "create %u; ", vm);
	return take_failure(rig_of(driver));
}

static inline void rig_vm_destroy(struct driver *driver, unsigned vm)
{
	note(rig_of(driver), "destroy %u; ", vm);
}

static inline int rig_vm_attach(struct driver *driver, unsigned device, unsigned vm)
{
	note(rig_of(driver), "attach %u to %u; ", device, vm);
	return take_failure(rig_of(driver));
}

static inline void rig_vm_detach(struct driver *driver, unsigned device)
{
	note(rig_of(driver), "detach %u; ", device);
}

static inline int rig_vm_set_table(struct driver *driver, unsigned device, uint64_t ipa,
				   unsigned bits)
{
	if (!bits)
		note(rig_of(driver), "table %u none; ", device);
	else
		note(rig_of(driver), "table %u IPA/%u; ", device, bits);
	assert_true(!bits || (ipa >= WORLD_VM_IPA && ipa < WORLD_VM_IPA + WORLD_VM_SIZE));
	return take_failure(rig_of(driver));
}

static inline void rig_vm_invalidate(struct driver *driver, unsigned vm, unsigned device,
				     const struct driver_guest_inv *inv)
{
	struct rig *rig = rig_of(driver);

	if (inv->kind == DRIVER_GUEST_CFGI_CD)
		note(rig, "cfgi %u:%u/%u", vm, device, inv->pasid);
	else if (inv->kind == DRIVER_GUEST_ATC_INV)
		note(rig, inv->has_pasid ? "atc %u:%u/%u" : "atc %u:%u", vm, device, inv->pasid);
	else
		note(rig, "tlbi %u:%u asid %u", vm, device, inv->asid);
	if (inv->kind == DRIVER_GUEST_TLBI_VA || (inv->kind == DRIVER_GUEST_ATC_INV && inv->size))
		note(rig, " %llx+%llu", (unsigned long long)inv->va,
		     (unsigned long long)inv->size / PAGE);
	else if (inv->kind == DRIVER_GUEST_ATC_INV)
		note(rig, " all");
	note(rig, "; ");
}

static inline const struct driver_ops *rig_ops(void)
{
	static const struct driver_ops ops = {
		.name = "rig",
		.bind = rig_bind,
		.unbind = rig_unbind,
		.map = rig_map,
		.unmap = rig_unmap,
		.vm_create = rig_vm_create,
		.vm_destroy = rig_vm_destroy,
		.vm_attach = rig_vm_attach,
		.vm_detach = rig_vm_detach,
		.vm_set_table = rig_vm_set_table,
		.vm_invalidate = rig_vm_invalidate,
	};

	return &ops;
}

/* The first words of entries of guests' tables. */
static inline void rig_store(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct rig *rig = ctx;
	uint64_t offset = pa % PAGE;

	(void)old_value;
	if (world_vm_of(pa) < WORLD_MAX_VMS && offset % 64 == 0)
		note(rig, "store %llx %llu; ", (unsigned long long)offset,
		     (unsigned long long)new_value >> 31 & 1);
}

/*
 * Devices d0 .. d3, each in a group of its own, d1 .. d3 are VFs; d0 and d1 are in domain A. Tests
 * add partitions and VMs to the topology before begin().
 */
static inline struct rig *fresh_rig(void)
{
	static struct rig rig;
	struct error error = {0};

	memset(&rig, 0, sizeof(rig));
	rig.base.ops = rig_ops();
	rig.world = world_get(&error);
	if (!rig.world)
		fail_msg("%s", error.text);
	rig.owners = owners_get();
	assert_true(owners_set_fault(rig.owners, ""));
	rig.topology.bind_once = true;
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++) {
		rig.topology.is_vf[i] = i > 0;
		rig.topology.guest_pasid_bits[i] = 4;
	}
	return &rig;
}

static inline unsigned add_mdev(struct rig *rig, unsigned parent, bool own_mmu)
{
	unsigned mdev = rig->topology.num_mdevs++;

	rig->topology.mdev[mdev].parent = (uint8_t)parent;
	rig->topology.mdev[mdev].own_mmu = own_mmu;
	return mdev;
}

static inline void begin(struct rig *rig)
{
	world_reset(rig->world);
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++)
		world_add_endpoint(rig->world, (uint16_t)(8 + i), 4, true, i);
	rig->world->port[0].ctx = rig;
	rig->world->port[0].store = rig_store;
	assert_int_equal(owners_start(rig->owners, rig->world, &rig->base, &rig->topology), 0);
	mediator_set_domain(rig->owners, 0, A);
	mediator_set_domain(rig->owners, 1, A);
	rig->used = 0;
	rig->text[0] = '\0';
}

/* A process of the host, or of a VM; its mm. */
static inline unsigned spawn(struct rig *rig, unsigned task)
{
	assert_int_equal(world_spawn(rig->world, task), 0);
	return rig->world->task[task].mm;
}

static inline unsigned guest_spawn(struct rig *rig, unsigned vm, unsigned task)
{
	assert_int_equal(world_guest_spawn(rig->world, vm, task), 0);
	return rig->world->task[task].mm;
}

/* The calls since the last time. */
#define assert_calls(rig, expected)                                                                \
	do {                                                                                       \
		assert_string_equal((rig)->text, expected);                                        \
		(rig)->used = 0;                                                                   \
		(rig)->text[0] = '\0';                                                             \
	} while (0)

static inline int bind_mdev(struct rig *rig, unsigned mdev, unsigned mm)
{
	unsigned pasid = 0;
	uint64_t handle = 0;
	int error = mediator_bind(rig->owners, mdev, mm, &pasid, &handle);

	return error ? error : (int)pasid;
}

/* The PASID on the bus, or the error. */
static inline int submit(struct rig *rig, unsigned mdev, unsigned mm, int written)
{
	unsigned value = (unsigned)written, device = ~0u, pasid = ~0u;
	int error = mediator_submit(rig->owners, mdev, mm, written < 0 ? NULL : &value, &device,
				    &pasid);

	if (error) {
		assert_int_equal(pasid, ~0u);
		return error;
	}
	assert_int_equal(device, rig->topology.mdev[mdev].parent);
	return (int)pasid;
}

#endif
