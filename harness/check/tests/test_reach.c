/* SPDX-License-Identifier: MIT */
/*
 * Contract: what the tables in RAM, or a stale copy of an STE or CD, let hardware reach is compared
 * with the law after every op; the divergence names the kind and the rule.
 * Run: ctest -R check.test_reach, or the program itself.
 */
#include "scene.h"

static uint64_t saved[4];

static void save_cd(struct check *c, uint32_t index)
{
	for (unsigned i = 0; i < ARRAY_SIZE(saved); i++)
		saved[i] = ram_load(scene_cd(c, 0, index) + 8 * i);
}

static void untouched_scenes_are_clean(void **state)
{
	static const char *const text[] = {SCENE_BOUND, SCENE_ATS_BOUND};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(text); i++) {
		expect_clean(scene_run(&(struct scene){.text = text[i]}));
		expect_clean(scene_run(&(struct scene){.text = text[i], .all = true}));
		expect_clean(scene_run(&(struct scene){.text = text[i], .no_caches = true}));
	}
}

/* Entries of the PASID table. */

static void clear_entry(struct check *c, unsigned op)
{
	if (op == 1)
		world_store(c->world, scene_cd(c, 0, 1), 0);
}

static void entry_cleared_behind_the_driver_is_unreachable(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = clear_entry});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-7", 2);
	expect_texts(d, "address space of mm 0", "(d0, pasid 1) may get C_BAD_CD");
}

#define UNBOUND SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nunbind d0 pasid=1\nspawn p1\n"

static void restore_entry(struct check *c, unsigned op)
{
	if (op == 1)
		save_cd(c, 1);
	if (op == 2)
		world_store(c->world, scene_cd(c, 0, 1) + 8, saved[1]);
	if (op == 2)
		world_store(c->world, scene_cd(c, 0, 1), saved[0]);
}

static void entry_left_after_unbind_is_reach(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = UNBOUND, .poke = restore_entry});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "A-7", 3);
	expect_texts(d, "nothing (no such PASID)", "(d0, pasid 1) reaches address space of mm 0");
}

static void flash_entry(struct check *c, unsigned op)
{
	restore_entry(c, op);
	if (op == 2)
		world_store(c->world, scene_cd(c, 0, 1), 0);
}

static void entry_cleared_without_cfgi_is_stale_config(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = UNBOUND, .poke = flash_entry});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_CONFIG, "D-4", 3);
	expect_texts(d, "nothing", "out of a stale structure");
}

static void entry_zero_as_pasid_one(struct check *c, unsigned op)
{
	if (op == 1)
		world_store(c->world, scene_cd(c, 0, 1) + 8,
			    c->driver->ops->domain_root(c->driver, 0));
}

static void entry_of_the_private_table_is_reach(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = entry_zero_as_pasid_one});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-2", 2);
	expect_texts(d, "address space of mm 0", "reaches private table of domain A");
}

static void entry_to_nowhere(struct check *c, unsigned op)
{
	if (op == 1)
		world_store(c->world, scene_cd(c, 0, 1) + 8, scene_frame(c, 0, 0));
}

static void entry_to_no_tree_is_reach(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = entry_to_nowhere});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-1", 2);
	expect_texts(d, "address space of mm 0", "page tables that nobody owns");
}

#define TWO_BOUND SCENE_HEADER "spawn p1\nbind d0 p0\nbind d0 p1\nprefetch d0 0x10000\n"

static void swap_roots(struct check *c, unsigned op)
{
	if (op == 2)
		world_store(c->world, scene_cd(c, 0, 2) + 8, scene_root(c, 0));
}

static void entry_of_another_process_is_reach(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TWO_BOUND, .poke = swap_roots});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-11", 3);
	expect_texts(d, "address space of mm 1", "(d0, pasid 2) reaches address space of mm 0");
}

static void same_asid(struct check *c, unsigned op)
{
	if (op == 2)
		world_store(c->world, scene_cd(c, 0, 2), ram_load(scene_cd(c, 0, 1)));
}

static void one_asid_for_two_spaces_is_stale_tlb(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TWO_BOUND, .poke = same_asid});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-5", 3);
	expect_texts(d, "one address space for each ASID", "tags two");
}

/* Invalidated and gone: no stale copy is left to find. */
static void entry_that_is_cleared_and_invalidated_is_unreachable(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\ncfgi d0\n",
		.poke = clear_entry,
	});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-7", 2);
	expect_texts(d, "address space", "(d0, pasid 1)");
	assert_null(strstr(d.observed, "stale"));
}

static int bind_in_name(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			unsigned *pasid, uint64_t *handle)
{
	(void)handle;
	(void)driver;
	(void)device;
	(void)mm;
	(void)flags;
	*pasid = 1;
	return 0;
}

static void entry_that_was_never_written_is_missed_in_every_device(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.bind = bind_in_name;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad});
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-7", 1);
	/* d0 is looked at first, and it is d1 that bound. */
	d = scene_run(&(struct scene){
		.text = SCENE_ATS_HEADER "bind d1 p0\n",
		.driver = &bad,
	});
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-30", 0);
	expect_texts(d, "", "(d0, pasid 1)");
}

static int unbind_in_name(struct driver *driver, unsigned device, unsigned pasid)
{
	(void)driver;
	(void)device;
	(void)pasid;
	return 0;
}

static void entry_that_unbind_leaves_is_reach(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;

	(void)state;
	bad.unbind = unbind_in_name;
	expect_divergence(scene_run(&(struct scene){.text = UNBOUND, .driver = &bad}),
			  DIVERGENCE_REACH, "A-7", 2);
	expect_divergence(
		scene_run(&(struct scene){.text = UNBOUND, .driver = &bad, .no_caches = true}),
		DIVERGENCE_REACH, "B-1", 2);
}

/* Streams. */

static void smmu_off(struct check *c, unsigned op)
{
	if (op == 0)
		c->smmu->ops->write(c->smmu, SMMU_REG_CR0, 4, 0);
}

static void smmu_that_is_off_lets_every_stream_bypass(void **state)
{
	struct divergence d = scene_run(
		&(struct scene){.text = SCENE_HEADER "spawn p1\nspawn p2\n", .poke = smmu_off});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "A-36", 1);
	expect_texts(d, "private table", "bypasses translation");
}

static void store_ste(struct check *c, uint64_t config)
{
	world_store(c->world, scene_ste(c, 0), SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, config));
}

static void bypass_stream(struct check *c, unsigned op)
{
	if (op == 0)
		store_ste(c, SMMU_STE0_CONFIG_BYPASS);
}

static void abort_stream(struct check *c, unsigned op)
{
	if (op == 0)
		store_ste(c, SMMU_STE0_CONFIG_ABORT);
}

static void break_stream(struct check *c, unsigned op)
{
	if (op == 0)
		world_store(c->world, scene_ste(c, 0), 0);
}

static void attached_stream_must_translate(void **state)
{
	static const char text[] = SCENE_HEADER "spawn p1\nspawn p2\n";
	struct divergence d = scene_run(&(struct scene){.text = text, .poke = bypass_stream});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "A-36", 1);
	expect_texts(d, "private table of domain A", "(d0, no pasid) bypasses translation");
	d = scene_run(&(struct scene){.text = text, .poke = abort_stream});
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-3", 1);
	expect_texts(d, "private table of domain A", "may get an abort");
	d = scene_run(&(struct scene){.text = text, .poke = break_stream});
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-3", 1);
	expect_texts(d, "private table of domain A", "C_BAD_STE");
}

static void detached_stream_must_not_bypass(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = SCENE_HEADER "detach d0\nspawn p2\n",
		.poke = bypass_stream,
	});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "A-36", 1);
	expect_texts(d, "nothing (detached)", "bypasses translation");
}

static void identity_stream_must_bypass(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = "policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
			"domain A identity d0\nspawn p1\nspawn p2\n",
		.poke = abort_stream,
	});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 1);
	expect_texts(d, "memory untranslated", "may get");
}

static int detach_in_name(struct driver *driver, unsigned device)
{
	(void)driver;
	(void)device;
	return 0;
}

static void stream_that_detach_leaves_is_reach(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.detach = detach_in_name;
	d = scene_run(&(struct scene){.text = SCENE_HEADER "detach d0\n", .driver = &bad});
	expect_divergence(d, DIVERGENCE_REACH, "A-36", 0);
	expect_texts(d, "nothing (detached)", "(d0, no pasid) reaches private table of domain A");
}

static int attach_elsewhere(struct driver *driver, unsigned device, unsigned domain)
{
	return scene_real->attach(driver, device, domain ^ 1);
}

static void stream_in_another_domain_is_reach(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.attach = attach_elsewhere;
	d = scene_run(&(struct scene){
		.text = "policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
			"domain A d0\ndomain B\nspawn p0\n",
		.driver = &bad,
	});
	expect_divergence(d, DIVERGENCE_REACH, "B-3", -1);
	expect_texts(d, "private table of domain A", "private table of domain B");
}

/* Pages. */

static void set_page(struct check *c, unsigned slot, uint64_t desc)
{
	assert_int_equal(pgtable_set(c->world, scene_root(c, 0), world_slot_va(slot), desc), 0);
}

static uint64_t old_desc;

static void restore_page(struct check *c, unsigned op)
{
	if (op == 1)
		old_desc = pgtable_lookup(scene_root(c, 0), world_slot_va(0));
	if (op == 2)
		set_page(c, 0, old_desc);
}

static void page_left_after_munmap_is_reach(void **state)
{
	static const char text[] = SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n"
						"munmap p0 0x10000\nread p0 0x10000\n";
	struct divergence d = scene_run(&(struct scene){.text = text, .poke = restore_page});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "D-1", 3);
	expect_texts(d, "page 0x10000: none", "rw");
	expect_divergence(
		scene_run(&(struct scene){.text = text, .poke = restore_page, .no_caches = true}),
		DIVERGENCE_REACH, "B-1", 3);
}

/* mmap of a page that is there fails and touches the slot on both sides. */
#define TOUCHED SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nmmap p0 0x10000 r\n"

static void drop_page(struct check *c, unsigned op)
{
	if (op == 1)
		set_page(c, 0, 0);
}

static void page_that_is_gone_is_unreachable(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TOUCHED, .poke = drop_page});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 2);
	expect_texts(d, "page 0x10000: rw", "F_TRANSLATION");
	d = scene_run(&(struct scene){.text = TOUCHED, .poke = drop_page, .no_caches = true});
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 2);
	expect_texts(d, "rw", "(d0, pasid 1) page 0x10000: none");
}

static void downgrade_page(struct check *c, unsigned op)
{
	if (op == 1)
		set_page(c, 0, pgtable_leaf(scene_frame(c, 0, 0), PT_READ));
}

static void page_with_fewer_rights_is_unreachable(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TOUCHED, .poke = downgrade_page});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 2);
	expect_texts(d, "page 0x10000: rw", "r");
}

static void move_page(struct check *c, unsigned op)
{
	if (op == 1)
		set_page(c, 0, pgtable_leaf(scene_frame(c, 0, 1), PT_READ | PT_WRITE));
}

static void page_in_another_frame_is_reach(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TOUCHED, .poke = move_page});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "D-1", 2);
	expect_texts(d, "page 0x10000: rw", "rw, another frame");
	expect_divergence(
		scene_run(&(struct scene){.text = TOUCHED, .poke = move_page, .no_caches = true}),
		DIVERGENCE_REACH, "B-1", 2);
}

static void upgrade_page(struct check *c, unsigned op)
{
	if (op == 1)
		set_page(c, 0, pgtable_leaf(scene_frame(c, 0, 0), PT_READ | PT_WRITE));
}

static void page_with_more_rights_is_reach(void **state)
{
	static const char text[] = SCENE_HEADER "mmap p0 0x10000 pages=2 r\nbind d0 p0\n"
						"mmap p0 0x10000 r\n";
	struct divergence d = scene_run(&(struct scene){.text = text, .poke = upgrade_page});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "D-1", 2);
	expect_texts(d, "page 0x10000: r", "rw");
}

/* A space is looked at as a whole when something starts to lead to it. */
static void upgrade_before_bind(struct check *c, unsigned op)
{
	if (op == 1)
		set_page(c, 0, pgtable_leaf(scene_frame(c, 0, 0), PT_READ | PT_WRITE));
}

static void new_entry_has_all_its_pages_compared(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_HEADER "mmap p0 0x10000 pages=2 r\nspawn p1\n"
						       "bind d0 p0\n",
				  .poke = upgrade_before_bind,
			  }),
			  DIVERGENCE_REACH, "D-1", 2);
}

static void drop_all_pages(struct check *c, unsigned op)
{
	if (op == 1)
		ram_store(scene_root(c, 0), 0);
}

/* No store was reported and no op names the slot. */
static void look_at_everything_needs_no_report(void **state)
{
	struct divergence d = scene_run(
		&(struct scene){.text = SCENE_BOUND, .poke = drop_all_pages, .all = true});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 2);
}

static int unbind_nothing(struct driver *driver, unsigned device)
{
	(void)driver;
	(void)device;
	return 0;
}

static void unbind_all_of_nothing(struct driver *driver, unsigned device)
{
	(void)unbind_nothing(driver, device);
}

/* The hardware does not change at all: only the law's relation does. */
static void calls_in_name_only_are_reach(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;

	(void)state;
	bad.unbind_all = unbind_all_of_nothing;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_HEADER "bind d0 p0\nunbind-all d0\nspawn p1\n",
				  .driver = &bad,
			  }),
			  DIVERGENCE_REACH, "A-7", 1);
	bad = *driver_find("iomm")->ops;
	bad.sva_shutdown = unbind_nothing;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_HEADER "bind d0 p0\nshutdown d0\nspawn p1\n",
				  .driver = &bad,
			  }),
			  DIVERGENCE_REACH, "A-7", 1);
	bad = *driver_find("iomm")->ops;
	bad.unplug = unbind_all_of_nothing;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_HEADER "bind d0 p0\nunplug d0\nspawn p1\n",
				  .driver = &bad,
			  }),
			  DIVERGENCE_REACH, "A-36", 1);
}

static void leak_into_private(struct check *c, unsigned op)
{
	if (op == 1)
		assert_int_equal(pgtable_set(c->world, c->driver->ops->domain_root(c->driver, 0),
					     world_slot_va(0),
					     pgtable_leaf(scene_frame(c, 0, 0), PT_READ)),
				 0);
}

/* Device by device, with and without PASID; not those that are gone or bypass. */
static void every_access_is_tried_without_caches(void **state)
{
	static const char text[] =
		"policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
		"device d1 rid=00:02.0 pasid-bits=4\ndevice d2 rid=00:03.0\n"
		"domain A d0 d2\ndomain B identity d1\nprocess p0\n"
		"mmap p0 0x10000 rw\nunplug d0\nspawn p1\n";
	struct divergence d;

	(void)state;
	expect_clean(scene_run(&(struct scene){.text = text, .no_caches = true}));
	d = scene_run(&(struct scene){.text = text, .no_caches = true, .poke = leak_into_private});
	expect_divergence(d, DIVERGENCE_REACH, "B-1", 2);
	expect_texts(d, "none", "(d2, no pasid) page 0x10000: r");
}

/* The refinement mapping. */

static void lose_frame(struct check *c, unsigned op)
{
	if (op == 1)
		c->world->mm[c->world->task[0].mm].page[0].pa = 0;
}

static void mapped_page_without_a_frame_is_data(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TOUCHED, .poke = lose_frame});

	(void)state;
	expect_divergence(d, DIVERGENCE_DATA, "B-4", 2);
	expect_texts(d, "a frame behind every mapped page", "none");
	expect_divergence(
		scene_run(&(struct scene){.text = TOUCHED, .poke = lose_frame, .all = true}),
		DIVERGENCE_DATA, "B-4", 2);
}

static void share_frame(struct check *c, unsigned op)
{
	if (op == 1)
		c->world->mm[c->world->task[0].mm].page[0].pa = scene_frame(c, 0, 1);
}

static void two_pages_in_one_frame_are_data(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = TOUCHED, .poke = share_frame});

	(void)state;
	expect_divergence(d, DIVERGENCE_DATA, "A-46", 2);
	expect_texts(d, "one frame for each page of the law", "page 0 is frame");
}

static unsigned seen;

static void ask_installed(struct check *c, unsigned op)
{
	if (op == 1 && reach_installed(c, 0, 1) && !reach_installed(c, 0, 2))
		seen |= 1;
	if (op == 2 && !reach_installed(c, 0, 1))
		seen |= 2;
}

static void installed_follows_the_entry(void **state)
{
	(void)state;
	seen = 0;
	expect_clean(scene_run(&(struct scene){.text = UNBOUND, .poke = ask_installed}));
	assert_int_equal(seen, 3);
}

static struct allowed allowed_page, allowed_hole, allowed_nothing;

static void ask_allowed(struct check *c, unsigned op)
{
	if (op != 1)
		return;
	allowed_page = reach_allowed(c, 0, true, 1, 0);
	assert_int_equal(allowed_page.pa, scene_frame(c, 0, 0));
	allowed_hole = reach_allowed(c, 0, true, 1, 2);
	allowed_nothing = reach_allowed(c, 0, true, 2, 0);
}

static void allowed_is_what_the_law_says(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){.text = SCENE_BOUND, .poke = ask_allowed}));
	assert_true(allowed_page.demanded);
	assert_int_equal(allowed_page.prot, REF_READ | REF_WRITE);
	assert_true(allowed_hole.demanded);
	assert_int_equal(allowed_hole.prot, 0);
	assert_false(allowed_nothing.demanded);
	assert_int_equal(allowed_nothing.prot, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_scenes_are_clean),
		cmocka_unit_test(entry_cleared_behind_the_driver_is_unreachable),
		cmocka_unit_test(entry_left_after_unbind_is_reach),
		cmocka_unit_test(entry_cleared_without_cfgi_is_stale_config),
		cmocka_unit_test(entry_of_the_private_table_is_reach),
		cmocka_unit_test(entry_to_no_tree_is_reach),
		cmocka_unit_test(entry_of_another_process_is_reach),
		cmocka_unit_test(one_asid_for_two_spaces_is_stale_tlb),
		cmocka_unit_test(entry_that_is_cleared_and_invalidated_is_unreachable),
		cmocka_unit_test(entry_that_was_never_written_is_missed_in_every_device),
		cmocka_unit_test(entry_that_unbind_leaves_is_reach),
		cmocka_unit_test(smmu_that_is_off_lets_every_stream_bypass),
		cmocka_unit_test(attached_stream_must_translate),
		cmocka_unit_test(detached_stream_must_not_bypass),
		cmocka_unit_test(identity_stream_must_bypass),
		cmocka_unit_test(stream_that_detach_leaves_is_reach),
		cmocka_unit_test(stream_in_another_domain_is_reach),
		cmocka_unit_test(page_left_after_munmap_is_reach),
		cmocka_unit_test(page_that_is_gone_is_unreachable),
		cmocka_unit_test(page_with_fewer_rights_is_unreachable),
		cmocka_unit_test(page_in_another_frame_is_reach),
		cmocka_unit_test(page_with_more_rights_is_reach),
		cmocka_unit_test(new_entry_has_all_its_pages_compared),
		cmocka_unit_test(look_at_everything_needs_no_report),
		cmocka_unit_test(calls_in_name_only_are_reach),
		cmocka_unit_test(every_access_is_tried_without_caches),
		cmocka_unit_test(mapped_page_without_a_frame_is_data),
		cmocka_unit_test(two_pages_in_one_frame_are_data),
		cmocka_unit_test(installed_follows_the_entry),
		cmocka_unit_test(allowed_is_what_the_law_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
