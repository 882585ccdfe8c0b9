/* SPDX-License-Identifier: MIT */
/*
 * Contract: ops of partitions and of functions that come and go do what the rules say, and each way
 * in which an implementation may differ is named by the rule that it breaks (B-4 .. B-17, C-15).
 * Run: ctest -R check.test_partition, or the program itself.
 */
#include "scene.h"

#define DEVICES                                                                                    \
	"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"             \
	"device d1 rid=00:02.0 pasid-bits=4 ats group=0\n"                                         \
	"device d2 rid=00:03.0 pasid-bits=4 ats\ndevice d3 rid=00:03.1 pasid-bits=4 vf-of=d2\n"
#define PARTITIONS "mdev m0 parent=d2\nmdev m1 parent=d2\nmdev m2 parent=d2 own-mmu\n"
#define DOMAINS	   "domain A d2\ndomain B d0 d1\nprocess p0 p1\n"
#define HEADER	   DEVICES PARTITIONS DOMAINS
/* Ops 0 and 1. */
#define MAPPED "mmap p0 0x10000 pages=2 rw\nmmap p1 0x10000 pages=2 rw\n"

static void expect_clean_everywhere(const char *text)
{
	expect_clean(scene_run(&(struct scene){.text = text}));
	expect_clean(scene_run(&(struct scene){.text = text, .all = true}));
	expect_clean(scene_run(&(struct scene){.text = text, .no_caches = true}));
}

/* B-12 .. B-15, B-17. */
static void partitions_of_a_process_share_its_pasid(void **state)
{
	(void)state;
	expect_clean_everywhere(
		HEADER MAPPED "write p0 0x10000\nsubmit m0 p0 0x10000 read => -EPERM\n"
			      "mdev-bind m0 p0 => pasid 1\nmdev-bind m0 p0 => -EEXIST\n"
			      "mdev-bind m1 p0 => pasid 1\nmdev-bind m0 p1 => pasid 2\n"
			      "submit m0 p0 0x10000 read => ok\n"
			      "submit m0 p1 pasid=1 0x10000 write => ok\n"
			      "submit m1 p1 0x10000 write => -EPERM\n"
			      "unbind d2 pasid=1 => skipped\nmdev-unbind m0 pasid=3 => -ESRCH\n"
			      "mdev-unbind m0 pasid=1 => ok\nsubmit m0 p0 0x10000 read => -EPERM\n"
			      "submit m1 p0 0x10000 read => ok\nmdev-close m1 => ok\n"
			      "dma d2 pasid=1 0x10000 read => fault pasid\n"
			      "submit m0 p1 0x10000 read => ok\nexit p1 => ok\n"
			      "mdev-unbind m0 pasid=2 => -ESRCH\n"
			      "user-bind m0 p0 => -ENODEV\n");
}

static void own_bond_and_partitions_share_one_bond(void **state)
{
	(void)state;
	expect_clean_everywhere(HEADER MAPPED
				"bind d2 p0 => pasid 1\nmdev-bind m0 p0 => pasid 1\n"
				"mdev-unbind m0 pasid=1 => ok\ndma d2 pasid=1 0x10000 read => ok\n"
				"mdev-bind m0 p0 => pasid 1\nunbind-all d2 => ok\n"
				"submit m0 p0 0x10000 read => -EPERM\n");
}

/* B-6, B-10. */
static void partitions_share_one_private_table(void **state)
{
	(void)state;
	expect_clean_everywhere(
		HEADER "map A 0x10000 rw => ok\nmdev-map m0 0x10000 pages=2 rw => -EBUSY\n"
		       "mdev-map m0 0x12000 pages=2 rw => ok\nmdev-map m0 0x12000 rw => -EEXIST\n"
		       "mdev-map m1 0x13000 pages=2 rw => -EBUSY\n"
		       "mdev-unmap m1 0x12000 => -EPERM\nmdev-unmap m1 0x14000 => 0 pages\n"
		       "unmap A 0x12000 => skipped\ndma d2 0x13000 write => ok\n"
		       "mdev-unmap m0 0x12000 pages=3 => 2 pages\n"
		       "dma d2 0x13000 write => fault translation\n"
		       "mdev-map m1 0x13000 pages=2 rw => ok\nattach d2 B => skipped\n"
		       "unplug d2 => skipped\nmdev-attach m0 A => ok\n"
		       "mdev-attach m0 B => -EINVAL\nmdev-close m1 => 2 pages\n"
		       "detach d2 => ok\nmdev-map m0 0x13000 r => -ENODEV\n"
		       "mdev-attach m0 A => -EINVAL\n");
}

static void partition_with_an_mmu_is_outside(void **state)
{
	(void)state;
	expect_clean_everywhere(HEADER MAPPED
				"mdev-bind m2 p0 => pasid 0\nsubmit m2 p0 0x10000 read => ok\n"
				"mdev-map m2 0x10000 rw => ok\nmdev-unmap m2 0x10000 => 0 pages\n"
				"mdev-unbind m2 pasid=1 => ok\nmdev-close m2 => ok\n"
				"dma d2 0x10000 read => fault translation\n");
}

/* C-15, B-8. */
static void functions_come_and_go(void **state)
{
	(void)state;
	expect_clean_everywhere(HEADER MAPPED
				"plug d1 => -EEXIST\nmap B 0x10000 rw => ok\nunplug d1 => ok\n"
				"dma d1 0x10000 read => skipped\nplug d1 => ok\n"
				"dma d1 0x10000 read => ok\nvfs-off d0 => -EINVAL\n"
				"vfs-on d2 => -EBUSY\nmdev-bind m0 p0 => pasid 1\n"
				"vfs-off d2 => ok\nplug d3 => -ENODEV\nvfs-on d2 => ok\n"
				"submit m0 p0 0x10000 read => ok\nunplug d2 => ok\n"
				"mdev-bind m0 p0 => -ENODEV\nplug d3 => -ENODEV\nplug d2 => ok\n"
				"vfs-on d2 => ok\nsubmit m0 p0 0x10000 read => -EPERM\n");
}

static void newcomer_reaches_what_its_group_has_bound(void **state)
{
	(void)state;
	expect_clean_everywhere(HEADER MAPPED
				"unplug d1 => ok\ninit d0\nbind d0 p0 => pasid 1\nplug d1 => ok\n"
				"dma d1 pasid=1 0x10000 read => ok\n"
				"ats d1 pasid=1 0x10000 => ats rw\nmunmap p0 0x10000 => ok\n"
				"dma d1 pasid=1 0x10000 read => fault translation\n"
				"bind d0 p1 => -EINVAL\n");
}

/* What goes wrong is named. */

static struct driver_ops broken;

static void break_driver(struct check *c)
{
	(void)c;
	struct driver_ops now = *scene_real;

	now.bind = broken.bind ? broken.bind : now.bind;
	now.unbind = broken.unbind ? broken.unbind : now.unbind;
	now.plug = broken.plug ? broken.plug : now.plug;
	now.map = broken.map ? broken.map : now.map;
	broken = now;
}

static struct divergence run_broken(const char *text, struct driver_ops ops)
{
	broken = ops;
	return scene_run(&(struct scene){.text = text, .driver = &broken, .created = break_driver});
}

static int refuse_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		       unsigned *pasid, uint64_t *handle)
{
	(void)driver, (void)device, (void)mm, (void)flags, (void)pasid, (void)handle;
	return -EBUSY;
}

static void parent_that_is_not_bound_breaks_b12(void **state)
{
	(void)state;
	expect_divergence(run_broken(HEADER MAPPED "mdev-bind m0 p0\n",
				     (struct driver_ops){.bind = refuse_bind}),
			  DIVERGENCE_RESULT, "B-12", 2);
}

static int refuse_second(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			 unsigned *pasid, uint64_t *handle)
{
	unsigned got;
	int error = scene_real->bind(driver, device, mm, flags, &got, handle);

	if (!error && got > 1)
		return -EBUSY;
	*pasid = got;
	return error;
}

static void second_process_that_is_refused_breaks_b17(void **state)
{
	(void)state;
	expect_divergence(run_broken(HEADER MAPPED "mdev-bind m0 p0\nmdev-bind m0 p1\n",
				     (struct driver_ops){.bind = refuse_second}),
			  DIVERGENCE_RESULT, "B-17", 3);
}

static int same_pasid(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		      unsigned *pasid, uint64_t *handle)
{
	int error = scene_real->bind(driver, device, mm, flags, pasid, handle);

	*pasid = 1;
	return error;
}

static void pasid_of_another_space_breaks_b9(void **state)
{
	(void)state;
	expect_divergence(run_broken(HEADER MAPPED
				     "init d0\nunplug d1\nbind d0 p0\nmdev-bind m0 p1\n",
				     (struct driver_ops){.bind = same_pasid}),
			  DIVERGENCE_RESULT, "B-9", 5);
}

static void unbind_behind(struct check *c, unsigned op)
{
	if (op == 3)
		c->driver->ops->unbind(c->driver, 2, 1);
}

static void bond_that_goes_while_it_is_shared_breaks_b14(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = HEADER MAPPED "mdev-bind m0 p0\nmdev-bind m1 p0\nmdev-unbind m0 pasid=1\n",
		.poke = unbind_behind});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-14", 4);
}

static void revoke_behind(struct check *c, unsigned op)
{
	if (op == 3)
		mediator_bonds_gone(c->owners, 2);
}

static void partition_that_is_revoked_with_another_breaks_b15(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = HEADER MAPPED "mdev-bind m0 p0\nmdev-bind m1 p0\nprefetch d2 0x10000\n",
		.poke = revoke_behind});

	(void)state;
	expect_divergence(d, DIVERGENCE_RESULT, "B-15", 4);
	expect_texts(d, "2 associations", "0");
}

static void associate_behind(struct check *c, unsigned op)
{
	unsigned pasid;
	uint64_t handle;

	if (op == 2)
		mediator_bind(c->owners, 1, c->world->task[0].mm, &pasid, &handle);
}

static void association_that_nobody_made_breaks_b14(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){.text = HEADER MAPPED
						    "mdev-bind m0 p0\nprefetch d2 0x10000\n",
						    .poke = associate_behind}),
			  DIVERGENCE_RESULT, "B-14", 3);
}

static void outlive_behind(struct check *c, unsigned op)
{
	if (op == 2)
		c->world->owner.mm_exit = NULL;
}

static void association_that_outlives_its_bond_breaks_b14(void **state)
{
	(void)state;
	expect_divergence(
		scene_run(&(struct scene){.text = HEADER MAPPED "mdev-bind m0 p0\nexit p0\n",
					  .poke = outlive_behind}),
		DIVERGENCE_RESULT, "B-14", 3);
}

static int plug_aborting(struct driver *driver, unsigned device)
{
	(void)driver, (void)device;
	return 0;
}

static void newcomer_that_is_left_out_breaks_c15(void **state)
{
	(void)state;
	expect_divergence(run_broken(HEADER "unplug d1\nplug d1\n",
				     (struct driver_ops){.plug = plug_aborting}),
			  DIVERGENCE_UNREACHABLE, "C-15", 1);
}

/* B-4: the map of a domain goes into a process's tree, at the same address. */
static struct check *mapped_in;

static int map_process(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
		       unsigned count, unsigned prot)
{
	int error = scene_real->map(driver, domain, iova, pa, count, prot);

	if (!error)
		pgtable_replace(mapped_in->world, scene_root(mapped_in, 0), iova, 0);
	return error;
}

static void keep_check(struct check *c)
{
	mapped_in = c;
	break_driver(c);
}

static void map_that_changes_a_process_breaks_b4(void **state)
{
	(void)state;
	broken = (struct driver_ops){.map = map_process};
	expect_divergence(
		scene_run(&(struct scene){.text = HEADER MAPPED "bind d2 p0\nmap A 0x10000 rw\n",
					  .driver = &broken,
					  .created = keep_check}),
		DIVERGENCE_UNREACHABLE, "B-4", 3);
}

static void unmap_private(struct check *c, unsigned op)
{
	uint64_t old[1];

	if (op == 1)
		c->driver->ops->unmap(c->driver, 0, 0x10000, 1, old);
}

static void process_that_changes_a_private_table_breaks_b4(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_HEADER
						    "map A 0x10000 rw\nmmap p0 0x10000 rw\n"
						    "munmap p0 0x10000\n",
						    .poke = unmap_private}),
			  DIVERGENCE_UNREACHABLE, "B-4", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partitions_of_a_process_share_its_pasid),
		cmocka_unit_test(own_bond_and_partitions_share_one_bond),
		cmocka_unit_test(partitions_share_one_private_table),
		cmocka_unit_test(partition_with_an_mmu_is_outside),
		cmocka_unit_test(functions_come_and_go),
		cmocka_unit_test(newcomer_reaches_what_its_group_has_bound),
		cmocka_unit_test(parent_that_is_not_bound_breaks_b12),
		cmocka_unit_test(second_process_that_is_refused_breaks_b17),
		cmocka_unit_test(pasid_of_another_space_breaks_b9),
		cmocka_unit_test(bond_that_goes_while_it_is_shared_breaks_b14),
		cmocka_unit_test(partition_that_is_revoked_with_another_breaks_b15),
		cmocka_unit_test(association_that_nobody_made_breaks_b14),
		cmocka_unit_test(association_that_outlives_its_bond_breaks_b14),
		cmocka_unit_test(newcomer_that_is_left_out_breaks_c15),
		cmocka_unit_test(map_that_changes_a_process_breaks_b4),
		cmocka_unit_test(process_that_changes_a_private_table_breaks_b4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
