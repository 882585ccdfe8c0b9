// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own code on the emulated SMMU: bring-up, DMA through a private table and through
 * bonds, stalled faults, exit, unplug and plug, and nothing left in the end. Skipped for a version that this
 * build has not.
 */
#include "fake_image.h"

#include <errno.h>

enum { A, B, RW = PT_READ | PT_WRITE, PCI = 0, PLATFORM = 1 };

struct machine {
	struct world *world;
	struct driver *driver;
	const struct driver_ops *ops;
};

/* d0: PCI with ATS. d1: platform, its faults stall. p0, p1. */
static struct machine bring_up(const char *name, unsigned variant)
{
	struct smmu_socket *smmu[WORLD_MAX_SMMUS] = {smmu_socket_find("emulated")};
	const struct smmu_profile profile = {
		.sid_bits = 9,
		.ssid_bits = 4,
		.cmdq_bits = 8,
		.evtq_bits = 7,
		.asid_bits = variant & 1 ? 8 : 16,
		.oas_bits = 40,
		.ats = true,
		.stall_model = SMMU_STALL_BOTH,
		.two_level_strtab = variant & 1,
		.two_level_cd = variant & 1,
		.msi = variant & 2,
		.range_inv = variant & 2,
		.hyp = variant & 4,
		.cache = SMMU_CACHE_WORST,
	};
	struct machine m = {.driver = driver_find(name)};

	if (!m.driver) {
		assert_non_null(driver_missing(name));
		skip();
	}
	m.ops = m.driver->ops;
	m.world = fresh_world();
	world_add_endpoint(m.world, 8, 4, true, 0);
	world_add_endpoint(m.world, 16, 4, false, 1);
	world_endpoint_can_stall(m.world, PLATFORM);
	m.world->default_dma = variant & 8;
	smmu[0]->ops->reset(smmu[0], m.world, &profile);
	world_begin_op(m.world);
	assert_int_equal(m.ops->probe(m.driver, m.world, smmu), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(m.ops->domain_alloc(m.driver, i, DRIVER_DOMAIN_STAGE1, i), 0);
		assert_int_equal(m.ops->attach(m.driver, i, i), 0);
		assert_int_equal(m.ops->sva_init(m.driver, i, i == PLATFORM, 0, 0), 0);
		assert_int_equal(world_spawn(m.world, i), 0);
		assert_int_equal(world_mmap(m.world, i, 0, 2, RW), 0);
	}
	return m;
}

static struct world_dma write_dma(struct machine *m, unsigned device, unsigned pasid, unsigned slot)
{
	struct world_dma dma;

	world_begin_op(m->world);
	dma = world_dma(m->world, device, pasid > 0, pasid, world_slot_va(slot), true, 1);
	world_settle(m->world);
	return dma;
}

static unsigned must_bind(struct machine *m, unsigned device, unsigned task)
{
	unsigned pasid = 0;
	uint64_t handle;

	assert_int_equal(
		m->ops->bind(m->driver, device, m->world->task[task].mm, 0, &pasid, &handle), 0);
	return pasid;
}

/* After everything was given back. */
static void tear_down(struct machine *m)
{
	struct driver_usage usage;

	for (unsigned task = 0; task < 2; task++)
		if (world_task_alive(m->world, task))
			world_exit(m->world, task);
	for (unsigned i = 0; i < 2; i++) {
		m->ops->unbind_all(m->driver, i);
		m->ops->sva_shutdown(m->driver, i);
		m->ops->detach(m->driver, i);
		m->ops->domain_free(m->driver, i);
	}
	world_settle(m->world);
	usage = m->ops->usage(m->driver);
	assert_int_equal(usage.bonds + usage.io_mms + usage.pasids + usage.asids, 0);
	m->ops->remove(m->driver);
	assert_int_equal(m->world->objects, 0);
	for (unsigned kind = FRAME_FREE + 1; kind < FRAME_KINDS; kind++)
		assert_int_equal(m->world->ram.in_use[kind], 0);
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		assert_int_equal(m->world->mm[mm].count, 0);
}

static void private_table(struct machine *m)
{
	uint64_t pa = ram_alloc(&m->world->ram, FRAME_DATA, 1), old;

	assert_int_equal(m->ops->map(m->driver, A, world_slot_va(0), &pa, 1, RW), 0);
	assert_int_equal(write_dma(m, PCI, 0, 0).response.pa, pa);
	assert_int_equal(m->ops->unmap(m->driver, A, world_slot_va(0), 1, &old), 1);
	assert_int_equal(old, pa);
	assert_int_equal(write_dma(m, PCI, 0, 0).response.event, SMMU_F_TRANSLATION);
	assert_int_equal(m->world->num_events, 1);
	world_frame_put(m->world, pa);
}

static void shared_space(struct machine *m)
{
	unsigned pasid = must_bind(m, PCI, 0);

	assert_int_equal(pasid, 1);
	assert_int_equal(must_bind(m, PLATFORM, 0), 1);
	assert_int_equal(must_bind(m, PLATFORM, 1), 2);
	assert_int_equal(write_dma(m, PCI, 1, 1).response.status, SMMU_OK);
	assert_int_equal(write_dma(m, PLATFORM, 2, 1).response.status, SMMU_OK);
	/* A fault that the kernel resolves, and one that it cannot. */
	assert_int_equal(world_swap_out(m->world, 0, 1), 0);
	assert_int_equal(write_dma(m, PLATFORM, 1, 1).stalls, 1);
	assert_int_equal(write_dma(m, PLATFORM, 1, 1).stalls, 0);
	assert_int_equal(write_dma(m, PLATFORM, 1, 5).response.status, SMMU_ABORT);
	assert_int_equal(m->world->num_events, 1);
	assert_int_equal(world_munmap(m->world, 0, 1, 1), 0);
	assert_int_equal(write_dma(m, PCI, 1, 1).response.event, SMMU_F_TRANSLATION);
	world_exit(m->world, 0);
	world_settle(m->world);
	assert_int_equal(write_dma(m, PCI, 1, 0).response.status, SMMU_ABORT);
	assert_int_equal(m->ops->unbind(m->driver, PCI, 1), 0);
	assert_int_equal(m->ops->mm_pasid(m->driver, 0), 1);
	assert_int_equal(m->ops->unbind(m->driver, PLATFORM, 1), 0);
	world_settle(m->world);
	assert_int_equal(m->ops->mm_pasid(m->driver, 0), 0);
}

/* Default domains that translate: nothing is mapped for who has no domain, and processes are bound. */
static void default_domain(struct machine *m)
{
	m->ops->sva_shutdown(m->driver, PCI);
	m->ops->detach(m->driver, PCI);
	assert_int_equal(write_dma(m, PCI, 0, 0).response.event, SMMU_F_TRANSLATION);
	assert_int_equal(m->ops->sva_init(m->driver, PCI, 0, 0, 0), 0);
	assert_int_equal(must_bind(m, PCI, 0), 1);
	assert_int_equal(write_dma(m, PCI, 1, 1).response.status, SMMU_OK);
	assert_int_equal(m->ops->usage(m->driver).bonds, 1);
}

/* Both go while they are bound and come back in turn: in no domain of a driver, with nothing enabled. */
static void gone_and_back(struct machine *m)
{
	must_bind(m, PCI, 0);
	must_bind(m, PLATFORM, 1);
	for (unsigned i = 0; i < 2; i++) {
		m->ops->unplug(m->driver, i);
		m->world->endpoint[i].present = false;
	}
	assert_int_equal(m->ops->usage(m->driver).bonds, 0);
	for (unsigned i = 0; i < 2; i++) {
		world_endpoint_plug(m->world, i);
		assert_int_equal(m->ops->plug(m->driver, i), 0);
		assert_int_equal(m->ops->plug(m->driver, i), -EEXIST);
		assert_int_not_equal(write_dma(m, i, 1 + i, 1).response.status, SMMU_OK);
		assert_int_equal(m->ops->sva_shutdown(m->driver, i), -EINVAL);
		assert_int_equal(m->ops->attach(m->driver, i, i), 0);
		assert_int_equal(m->ops->sva_init(m->driver, i, i == PLATFORM, 0, 0), 0);
		assert_int_equal(must_bind(m, i, i), 1 + i);
		assert_int_equal(write_dma(m, i, 1 + i, 1).response.status, SMMU_OK);
	}
}

static void run(const char *name)
{
	for (unsigned variant = 0; variant < 16; variant++) {
		struct machine m = bring_up(name, variant);

		private_table(&m);
		shared_space(&m);
		tear_down(&m);
		if (variant & 8) {
			m = bring_up(name, variant);
			default_domain(&m);
			tear_down(&m);
		}
		m = bring_up(name, variant);
		must_bind(&m, PLATFORM, 1);
		m.ops->unplug(m.driver, PLATFORM);
		m.world->endpoint[PLATFORM].present = false;
		tear_down(&m);
		m = bring_up(name, variant);
		gone_and_back(&m);
		tear_down(&m);
	}
}

/* A trace that ends in the middle leaves nothing for the next. */
static void abandon(const char *name)
{
	struct machine m = bring_up(name, 0);

	must_bind(&m, PCI, 0);
	must_bind(&m, PLATFORM, 1);
	m = bring_up(name, 0);
	assert_int_equal(m.ops->usage(m.driver).bonds, 0);
	assert_int_equal(must_bind(&m, PCI, 1), 1);
	tear_down(&m);
}

static void linux_6_12_binds_and_gives_all_back(void **state)
{
	(void)state;
	run("linux-6.12");
}

static void linux_6_1_binds_and_gives_all_back(void **state)
{
	(void)state;
	run("linux-6.1");
}

static void linux_6_12_starts_afresh(void **state)
{
	(void)state;
	abandon("linux-6.12");
}

static void linux_6_1_starts_afresh(void **state)
{
	(void)state;
	abandon("linux-6.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_6_12_binds_and_gives_all_back),
		cmocka_unit_test(linux_6_1_binds_and_gives_all_back),
		cmocka_unit_test(linux_6_12_starts_afresh),
		cmocka_unit_test(linux_6_1_starts_afresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
