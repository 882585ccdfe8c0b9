/* SPDX-License-Identifier: MIT */
/*
 * Contract: a run compares results, failures and leftovers of every op, set-up and teardown, and
 * stops at the first divergence; check_create() says in one line what it lacks.
 * Run: ctest -R check.test_check, or the program itself.
 */
#include "scene.h"

/* Creation. */

static void expect_create_error(const struct check_config *config, const char *words)
{
	struct error error = {0};

	assert_null(check_create(config, &error));
	assert_true(error.set);
	if (!strstr(error.text, words) || strchr(error.text, '\n'))
		fail_msg("\"%s\" is not one line with \"%s\"", error.text, words);
}

static void unknown_parts_are_one_line_each(void **state)
{
	struct check_config config = check_default_config();

	(void)state;
	config.driver = "no-driver";
	expect_create_error(&config, "unknown driver 'no-driver'");
	config = check_default_config();
	config.smmu = "no-smmu";
	expect_create_error(&config, "unknown smmu 'no-smmu'");
	config = check_default_config();
	config.fault = "iomm-no-fault";
	expect_create_error(&config, check_has_faults() ? "unknown fault" : "no planted faults");
}

static void no_fault_may_be_null_or_empty(void **state)
{
	struct check_config config = check_default_config();

	(void)state;
	check_destroy(scene_check(&config));
	config.fault = NULL;
	check_destroy(scene_check(&config));
	assert_false(check_has_faults());
	assert_int_equal(check_num_faults, 0);
}

static void sockets_are_listed(void **state)
{
	(void)state;
	for (const struct driver_ops *const *d = driver_list(); *d; d++)
		assert_non_null(driver_find((*d)->name));
	for (const struct smmu_socket_ops *const *s = smmu_socket_list(); *s; s++) {
		assert_non_null(smmu_socket_find((*s)->name));
		assert_true((*s)->doc[0]);
		assert_true(smmu_socket_find((*s)->name)
				    ->ops->set_fault(smmu_socket_find((*s)->name), ""));
		assert_false(smmu_socket_find((*s)->name)
				     ->ops->set_fault(smmu_socket_find((*s)->name), "no-fault"));
	}
	assert_null(smmu_socket_find("no-smmu"));
}

/* Results. Each driver has one function that is wrong. */

static int fail_probe(struct driver *driver, struct world *world, struct smmu_socket *const *smmu)
{
	(void)driver;
	(void)world;
	(void)smmu;
	return -EIO;
}

static int fail_domain(struct driver *driver, unsigned domain, enum driver_domain_type type,
		       unsigned device)
{
	(void)device;
	(void)driver;
	(void)domain;
	(void)type;
	return -ENOMEM;
}

static int fail_attach(struct driver *driver, unsigned device, unsigned domain)
{
	(void)driver;
	(void)device;
	(void)domain;
	return -EBUSY;
}

static int fail_init(struct driver *driver, unsigned device, unsigned features, unsigned min,
		     unsigned max)
{
	(void)driver;
	(void)device;
	(void)features;
	(void)min;
	(void)max;
	return -EBUSY;
}

static void set_up_that_fails_is_a_finding(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.probe = fail_probe;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "A-3", -1);
	expect_texts(d, "the driver comes up", "error -5");
	assert_string_equal(d.op_text, "setup");
	bad = *scene_real;
	bad.domain_alloc = fail_domain;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-3", -1);
	bad = *scene_real;
	bad.attach = fail_attach;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "A-4", -1);
	expect_texts(d, "success", "-EBUSY");
	bad = *scene_real;
	bad.sva_init = fail_init;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", -1);
}

static int bind_is_late(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			unsigned *pasid, uint64_t *handle)
{
	int error = scene_real->bind(driver, device, mm, flags, pasid, handle);

	if (!error)
		*pasid += 1;
	return error;
}

static int bind_again(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		      unsigned *pasid, uint64_t *handle)
{
	int error = scene_real->bind(driver, device, mm, flags, pasid, handle);

	return error == -EEXIST ? 0 : error;
}

static void result_is_compared_with_the_laws(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.bind = bind_is_late;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "A-6", 1);
	expect_texts(d, "1", "2");
	bad.bind = bind_again;
	d = scene_run(
		&(struct scene){.text = SCENE_HEADER "bind d0 p0\nbind d0 p0\n", .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "A-19", 1);
	expect_texts(d, "-EEXIST", "success");
	assert_string_equal(d.op_text, "bind");
}

static int unmap_miscounts(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
			   uint64_t *old_pa)
{
	return scene_real->unmap(driver, domain, iova, count, old_pa) + 1;
}

static int unmap_mixes_up(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
			  uint64_t *old_pa)
{
	int removed = scene_real->unmap(driver, domain, iova, count, old_pa);
	uint64_t first = old_pa[0];

	old_pa[0] = old_pa[1];
	old_pa[1] = first;
	return removed;
}

static int unmap_fails(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
		       uint64_t *old_pa)
{
	(void)driver;
	(void)domain;
	(void)iova;
	(void)count;
	(void)old_pa;
	return -EINVAL;
}

static int map_fails(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
		     unsigned count, unsigned prot)
{
	(void)driver;
	(void)domain;
	(void)iova;
	(void)pa;
	(void)count;
	(void)prot;
	return -EINVAL;
}

static int map_in_name(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
		       unsigned count, unsigned prot)
{
	(void)map_fails(driver, domain, iova, pa, count, prot);
	return 0;
}

static void private_table_is_compared_with_the_laws(void **state)
{
	static const char text[] =
		SCENE_HEADER "map A 0x10000 pages=2 rw\nunmap A 0x10000 pages=2\n";
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	expect_clean(scene_run(&(struct scene){.text = text}));
	/* What is still mapped at the end is unmapped, page by page where there are holes. */
	expect_clean(scene_run(
		&(struct scene){.text = SCENE_HEADER
				"map A 0x10000 pages=3 rw\nunmap A 0x11000\nmap A 0x1fc000 r\n"}));
	bad.unmap = unmap_miscounts;
	d = scene_run(&(struct scene){.text = text, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "B-4", 1);
	expect_texts(d, "2", "3");
	bad.unmap = unmap_mixes_up;
	d = scene_run(&(struct scene){.text = text, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "B-4", 1);
	expect_texts(d, "the frame that was mapped", "another one");
	bad.unmap = unmap_fails;
	expect_divergence(scene_run(&(struct scene){.text = text, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", 1);
	/* ... and in teardown. */
	d = scene_run(&(struct scene){.text = SCENE_HEADER "map A 0x10000 rw\n", .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "A-4", 1);
	assert_string_equal(d.op_text, "teardown");
	bad = *scene_real;
	bad.map = map_fails;
	expect_divergence(scene_run(&(struct scene){.text = text, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", 0);
	bad.map = map_in_name;
	expect_divergence(scene_run(&(struct scene){.text = text, .driver = &bad}),
			  DIVERGENCE_UNREACHABLE, "B-1", 0);
}

static int shutdown_fails(struct driver *driver, unsigned device)
{
	(void)driver;
	(void)device;
	return -EBUSY;
}

static void teardown_that_fails_is_a_finding(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;

	(void)state;
	bad.sva_shutdown = shutdown_fails;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", 4);
	bad = *scene_real;
	bad.detach = shutdown_fails;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", 4);
}

static struct check *poked;

static void remember(struct check *c)
{
	poked = c;
}

/* Failures inside the driver. */

static struct world_mutex mutex = {.name = "test mutex"};
static struct world_spinlock spinlock = {.name = "test lock"};
static unsigned failure;

static bool hint_fails(struct driver *driver, enum driver_hint hint, unsigned device,
		       bool has_pasid, unsigned pasid, uint64_t va, uint64_t size)
{
	struct world *world = poked->world;

	(void)driver;
	(void)hint;
	(void)device;
	(void)has_pasid;
	(void)pasid;
	(void)va;
	(void)size;
	mutex.held = spinlock.held = false;
	switch (failure) {
	case WORLD_FAIL_DEADLOCK:
		world_lock(world, &mutex);
		world_lock(world, &mutex);
		break;
	case WORLD_FAIL_ATOMIC:
		world_spin_lock(world, &spinlock);
		world_lock(world, &mutex);
		break;
	case WORLD_FAIL_BUG:
		world_bug(world, "a test");
		break;
	default:
		world_unlock(world, &mutex);
		break;
	}
	return true;
}

static unsigned observed_ops;

static void count_ops(struct check *c, unsigned op)
{
	(void)c;
	assert_int_equal(op, observed_ops);
	observed_ops++;
}

static void failures_of_the_driver_are_findings(void **state)
{
	static const struct {
		unsigned failure;
		uint8_t kind;
		const char *rule, *observed;
	} failures[] = {
		{WORLD_FAIL_DEADLOCK, DIVERGENCE_DEADLOCK, "A-41", "test mutex is taken twice"},
		{WORLD_FAIL_ATOMIC, DIVERGENCE_ATOMIC, "A-23", "sleeps with 1 spinlock"},
		{WORLD_FAIL_BUG, DIVERGENCE_BUG, "A-22", "a test"},
		{WORLD_FAIL_LOCK, DIVERGENCE_DEADLOCK, "A-22", "released but not held"},
	};
	struct driver_ops bad = *driver_find("iomm")->ops;

	(void)state;
	bad.hint = hint_fails;
	for (unsigned i = 0; i < ARRAY_SIZE(failures); i++) {
		struct divergence d;

		failure = failures[i].failure;
		observed_ops = 0;
		d = scene_run(&(struct scene){.text = SCENE_BOUND,
					      .driver = &bad,
					      .created = remember,
					      .poke = count_ops});
		expect_divergence(d, failures[i].kind, failures[i].rule, 2);
		expect_texts(d, "the call returns", failures[i].observed);
		/* The op that failed is shown, too. */
		assert_int_equal(observed_ops, 3);
		/* The next run starts afresh, whatever was held. */
		expect_clean(scene_run(&(struct scene){.text = SCENE_BOUND}));
	}
}

/* Leftovers. */

static struct driver_usage usage;

static struct driver_usage say_usage(const struct driver *driver)
{
	(void)driver;
	return usage;
}

static void leak_object(struct check *c, unsigned op)
{
	if (op == 1)
		world_alloc(c->world, 8, false);
}

static void leak_table(struct check *c, unsigned op)
{
	if (op == 1)
		ram_alloc(&c->world->ram, FRAME_TABLE, 1);
}

static void leak_data(struct check *c, unsigned op)
{
	if (op == 1)
		ram_alloc(&c->world->ram, FRAME_DATA, 2);
}

static void leak_frames(struct check *c, unsigned op)
{
	if (op == 1)
		world_dma_alloc(c->world, 3);
}

static void leak_reference(struct check *c, unsigned op)
{
	if (op == 1)
		world_mm_grab(c->world, c->world->task[0].mm);
}

static void what_is_left_is_named(void **state)
{
	static const struct {
		struct driver_usage usage;
		const char *observed;
	} left[] = {
		{{.bonds = 2}, "2 bonds left"},
		{{.io_mms = 1}, "1 io_mms left"},
		{{.pasids = 3}, "3 PASIDs left"},
		{{.asids = 4}, "4 ASIDs left"},
	};
	static const struct {
		scene_poke_fn poke;
		const char *observed;
	} pokes[] = {
		{leak_object, "1 driver objects left"},
		{leak_table, "1 page-table frames left"},
		{leak_data, "2 data frames left"},
		{leak_frames, "3 driver frames left"},
		{leak_reference, "1 address space references left"},
	};
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.usage = say_usage;
	for (unsigned i = 0; i < ARRAY_SIZE(left); i++) {
		usage = left[i].usage;
		d = scene_run(&(struct scene){.text = SCENE_BOUND, .driver = &bad});
		expect_divergence(d, DIVERGENCE_LEAK, "A-17", 4);
		expect_texts(d, "everything given back", left[i].observed);
		assert_string_equal(d.op_text, "teardown");
	}
	for (unsigned i = 0; i < ARRAY_SIZE(pokes); i++) {
		d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = pokes[i].poke});
		expect_divergence(d, DIVERGENCE_LEAK, "A-17", 4);
		expect_texts(d, "everything given back", pokes[i].observed);
	}
}

/* The law's own state. */

static void lose_page_user(struct check *c, unsigned op)
{
	if (op == 1)
		c->ref.page[c->ref.mm[c->ref.task[0].mm].space.slot[0].page].users++;
}

static void law_that_breaks_its_own_invariant_is_a_finding(void **state)
{
	struct scene scene = {
		.text = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\nmmap p0 0x12000 rw\n",
		.poke = lose_page_user,
	};
	struct divergence d = scene_run(&scene);

	(void)state;
	/* Not looked for after each op, but found. */
	expect_divergence(d, DIVERGENCE_INVARIANT, "D-1", d.op);
	assert_true(d.op >= 2);
	expect_texts(d, "as many users as slots", "breaks page-users-exact");
	scene.all = true;
	expect_divergence(scene_run(&scene), DIVERGENCE_INVARIANT, "D-1", 2);
}

/* Whole runs. */

static void ops_without_their_precondition_are_skipped(void **state)
{
	static const char *const text[] = {
		"policy io_mm\nsmmu ssid-bits=2\ndevice d0 rid=00:01.0 pasid-bits=4\n"
		"domain A d0\nprocess p0\n"
		"spawn p0\nfork p0 p0\nfork p3 p4\nthread p3 p4\nclone-vm p0 p0\nexec p3\nexit p3\n"
		"exit-group p3\nread p3 0x10000\nwrite p3 0x10000\nmmap p3 0x10000 r\n"
		"munmap p3 0x10000\nmprotect p3 0x10000 r\nmremap p3 0x10000 to=0x11000\n"
		"migrate p3 0x10000\nswap-out p3 0x10000\nbind d0 p3\nats d0 0x10000\n"
		"dma d0 pasid=5 0x10000 read\n",
		"policy io_mm\nsmmu ssid-bits=2 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"
		"domain A d0\nprocess p0\nats d0 pasid=5 0x10000\nunplug d0\n"
		"unplug d0\ninit d0\nshutdown d0\nattach d0 A\ndetach d0\nbind d0 p0\n"
		"unbind d0 pasid=1\nunbind-all d0\ndma d0 0x10000 read\nats d0 0x10000\ntlbi d0\n"
		"cfgi d0\natc-inv d0 0x10000\nprefetch d0 0x10000\n",
	};
	static struct trace trace;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(text); i++) {
		struct check *c = scene_check(NULL);

		scene_parse(&trace, text[i]);
		for (unsigned op = 0; op < trace.num_ops; op++)
			if (i == 0 || op != 1)
				trace.op[op].pin.kind = TRACE_PIN_SKIPPED;
		expect_clean(check_run(c, &trace, NULL, NULL));
		check_destroy(c);
	}
}

/* One op of each kind at least, each outcome from the rules. */
static void every_op_does_what_the_law_says(void **state)
{
	static const char text[] =
		"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"
		"device d1 rid=00:02.0 pasid-bits=4\ndevice d2 rid=00:03.0\n"
		"domain A d0 d1\ndomain B identity d2\nprocess p0 p7\n"
		"mmap p0 0x10000 pages=3 rw => ok\nwrite p0 0x10000 => ok\n"
		"bind d0 p0 => pasid 1\nbind d1 p0 => pasid 1\n"
		"ats d0 pasid=1 0x10000 => ats rw\ndma d0 pasid=1 0x10000 write => ok\n"
		"migrate p0 0x10000 => ok\ndma d1 pasid=1 0x10000 read => ok\n"
		"swap-out p0 0x11000 => ok\ndma d0 pasid=1 0x11000 read => fault translation\n"
		"read p0 0x11000 => ok\ndma d0 pasid=1 0x11000 read => ok\n"
		"mremap p0 0x11000 to=0x1fc000 => ok\n"
		"dma d0 pasid=1 0x11000 read => fault translation\n"
		"dma d0 pasid=1 0x1fc000 read => ok\n"
		"mprotect p0 0x10000 r => ok\ndma d0 pasid=1 0x10000 write => fault permission\n"
		"fork p0 p1 => ok\ndma d0 pasid=1 0x12000 write => fault permission\n"
		"write p0 0x12000 => ok\ndma d0 pasid=1 0x12000 write => ok\n"
		"read p1 0x12000 => ok\nthread p0 p2 => ok\nclone-vm p0 p3 => ok\n"
		"exec p3 => ok\nexit p0 => ok\ndma d0 pasid=1 0x12000 read => ok\n"
		"munmap p2 0x12000 => ok\ndma d0 pasid=1 0x12000 read => fault translation\n"
		"exit-group p2 => ok\ndma d0 pasid=1 0x10000 read => fault pasid\n"
		"exit p7\nspawn p7 => ok\nbind d0 p7 => pasid 1\nunbind d0 pasid=1 => ok\n"
		"bind d0 p7 => pasid 1\nunbind-all d0\n"
		"map A 0x10000 pages=2 rw => ok\ndma d0 0x10000 write => ok\n"
		"unmap A 0x10000 pages=2 => 2 pages\nmap B 0x10000 rw => -ENODEV\n"
		"dma d2 0x10000 read => bus\ntlbi d0\ncfgi d0\natc-inv d0 pasid=1 0x10000\n"
		"prefetch d0 0x10000\nbad-command opcode=0xff\nshutdown d0 => ok\n"
		"init d0 min=3 max=3 => ok\nbind d0 p7 => pasid 3\ndetach d0 => ok\n"
		"dma d0 0x10000 read => abort\nattach d0 A => ok\nfail-alloc nth=1\n"
		"bind d0 p7 => -ENOMEM\nunplug d0\nunbind d0 pasid=1 => skipped\n"
		"enable d1 sva => skipped\ndisable d1 iopf => skipped\n"
		"attach-pasid d1 A pasid=2 => skipped\ndetach-pasid d1 pasid=2 => skipped\n"
		"claim d1 => skipped\nrelease d1 => skipped\n"
		"power-off d1 => skipped\n";
	static struct trace trace;
	uint64_t seen = 0;

	(void)state;
	scene_parse(&trace, text);
	for (unsigned op = 0; op < trace.num_ops; op++)
		seen |= 1ull << trace.op[op].code;
	/* Partitions, functions that come and go, and VMs: test_partition.c, test_vm.c. */
	for (unsigned op = TRACE_OP_PLUG; op <= TRACE_OP_GUEST_INV; op++)
		seen |= 1ull << op;
	assert_true(seen == (1ull << TRACE_NUM_OPS) - 1);
	expect_clean(scene_run(&(struct scene){.text = text}));
	expect_clean(scene_run(&(struct scene){.text = text, .all = true}));
	expect_clean(scene_run(&(struct scene){.text = text, .no_caches = true}));
}

static void misuse_sends_calls_for_a_device_that_is_gone(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){
		.text = "policy io_mm\nmisuse\nsmmu ssid-bits=4\n"
			"device d0 rid=00:01.0 pasid-bits=4\ndomain A d0\nprocess p0\nunplug d0\n"
			"init d0 => -ENODEV\nshutdown d0 => -ENODEV\nattach d0 A => -ENODEV\n"
			"detach d0 => -ENODEV\nbind d0 p0 => -ENODEV\nunbind d0 pasid=1 => -ENODEV\n"
			"unbind-all d0\n"}));
}

static void failed_allocation_is_taken_back_in_the_law(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){
		.text = SCENE_HEADER
		"mmap p0 0x10000 rw\nfail-alloc nth=1\n"
		"bind d0 p0 => -ENOMEM\ndma d0 pasid=1 0x10000 read => fault pasid\n"
		"bind d0 p0 => pasid 1\n"}));
}

static void ignore_step(void *ctx, unsigned op, const struct check_step *step)
{
	(void)ctx;
	(void)op;
	(void)step;
}

static bool rule_was_seen(const struct check *c, const char *id)
{
	for (unsigned i = 0; i < check_num_rules; i++)
		if (!strcmp(check_rules[i].id, id))
			return check_rule_seen(c, i);
	fail_msg("no rule %s", id);
	return false;
}

static void rules_that_decided_are_seen_with_an_observer(void **state)
{
	static const char text[] = SCENE_HEADER "bind d0 p0\nbind d0 p0\nunbind d0 pasid=9\n";
	static struct trace trace;
	struct check *c = scene_check(NULL);

	(void)state;
	scene_parse(&trace, text);
	expect_clean(check_run(c, &trace, ignore_step, NULL));
	assert_true(rule_was_seen(c, "A-19"));
	assert_true(rule_was_seen(c, "A-24"));
	assert_false(rule_was_seen(c, "A-13"));
	assert_false(check_rule_seen(c, check_num_rules));
	expect_clean(check_run(c, &trace, NULL, NULL));
	assert_false(rule_was_seen(c, "A-19"));
	check_destroy(c);
}

#define BOUND_THEN(op) SCENE_HEADER "mmap p0 0x10000 r\nbind d0 p0\n" op "\n"
#define ATS_THEN(op)   SCENE_ATS_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n" op "\n"

/* What one run of a trace shows, as one number. */
static void add_step(void *ctx, unsigned op, const struct check_step *step)
{
	uint64_t *hash = ctx;
	const uint64_t words[] = {
		op,
		step->skipped,
		(uint64_t)step->error,
		step->value,
		step->outcome,
		step->ats_prot,
		step->num_events,
		step->num_commands,
		step->event_type,
		(uint64_t)step->expected.error,
		step->expected.value,
		step->expected.access.outcome,
	};

	/* FNV-1a. */
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		*hash = (*hash ^ words[i]) * 0x100000001b3ull;
}

static void a_trace_shows_the_same_whatever_ran_before(void **state)
{
	static const char *const text[] = {
		BOUND_THEN("dma d0 pasid=1 0x12000 read\nfork p0 p1\nbind d0 p1\nexit p0"),
		ATS_THEN("ats d1 pasid=1 0x10000\nmunmap p0 0x10000\nats d1 pasid=1 0x10000"),
		SCENE_HEADER "fail-alloc nth=2\nbind d0 p0\nbad-command opcode=0xff\nunplug d0\n",
	};
	static struct trace trace[ARRAY_SIZE(text)];
	uint64_t first[ARRAY_SIZE(text)] = {0};
	struct check *c = scene_check(NULL);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(text); i++)
		scene_parse(&trace[i], text[i]);
	for (unsigned run = 0; run < 1000; run++) {
		/* Each trace follows every other one. */
		unsigned i = run * (run / 7 % 2 + 1) % ARRAY_SIZE(text);
		uint64_t hash = 0xcbf29ce484222325ull;

		if (run < ARRAY_SIZE(text))
			i = run;
		expect_clean(check_run(c, &trace[i], add_step, &hash));
		if (run < ARRAY_SIZE(text))
			first[i] = hash;
		assert_true(hash == first[i]);
	}
	assert_true(first[0] != first[1] && first[1] != first[2]);
	check_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_parts_are_one_line_each),
		cmocka_unit_test(no_fault_may_be_null_or_empty),
		cmocka_unit_test(sockets_are_listed),
		cmocka_unit_test(set_up_that_fails_is_a_finding),
		cmocka_unit_test(result_is_compared_with_the_laws),
		cmocka_unit_test(private_table_is_compared_with_the_laws),
		cmocka_unit_test(teardown_that_fails_is_a_finding),
		cmocka_unit_test(failures_of_the_driver_are_findings),
		cmocka_unit_test(what_is_left_is_named),
		cmocka_unit_test(law_that_breaks_its_own_invariant_is_a_finding),
		cmocka_unit_test(ops_without_their_precondition_are_skipped),
		cmocka_unit_test(every_op_does_what_the_law_says),
		cmocka_unit_test(misuse_sends_calls_for_a_device_that_is_gone),
		cmocka_unit_test(failed_allocation_is_taken_back_in_the_law),
		cmocka_unit_test(rules_that_decided_are_seen_with_an_observer),
		cmocka_unit_test(a_trace_shows_the_same_whatever_ran_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
