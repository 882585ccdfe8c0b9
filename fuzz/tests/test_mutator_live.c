/* SPDX-License-Identifier: MIT */
/*
 * Contract: what the mutator adds meets live objects, under every policy: its sketch of the law
 * (mutator_live.h) follows bonds, processes and devices; random traces use what the sketch holds;
 * patterns play out as their names say.
 * Run: ctest -R test_mutator_live, or the program itself.
 */
#include "../mutator_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct trace trace;
static uint8_t data[TRACE_BINARY_MAX];

static struct mutator_rng seeded(uint64_t seed, unsigned policy)
{
	struct mutator_rng rng;

	mutator_seed(&rng, seed);
	mutator_set_policy(&rng, (enum trace_policy)policy);
	return rng;
}

/* What no driver of a policy has a call for. */
static bool is_useless(unsigned policy, unsigned code)
{
	switch (code) {
	case TRACE_OP_POWER_OFF: /* ends the trace: comes from seeds alone */
		return true;
	case TRACE_OP_ENABLE:
	case TRACE_OP_DISABLE:
	case TRACE_OP_CLAIM:
	case TRACE_OP_RELEASE:
		return policy == TRACE_POLICY_IO_MM;
	case TRACE_OP_ATTACH_PASID:
	case TRACE_OP_DETACH_PASID:
		return policy != TRACE_POLICY_LINUX_6_12;
	case TRACE_OP_VM_START:
	case TRACE_OP_VM_DESTROY:
	case TRACE_OP_ASSIGN:
	case TRACE_OP_UNASSIGN:
	case TRACE_OP_ASSIGN_MDEV:
	case TRACE_OP_UNASSIGN_MDEV:
	case TRACE_OP_GUEST_SPAWN:
	case TRACE_OP_GUEST_BIND:
	case TRACE_OP_GUEST_UNBIND:
	case TRACE_OP_GUEST_INV:
		return policy != TRACE_POLICY_IO_MM;
	case TRACE_OP_TLBI:
	case TRACE_OP_CFGI:
	case TRACE_OP_ATC_INV:
	case TRACE_OP_PREFETCH:
	case TRACE_OP_BAD_CMD:
		return policy != TRACE_POLICY_IO_MM;
	default:
		return false;
	}
}

/* Ops of random traces that find what they need, by the sketch of the law. */
static void meet_live_objects(unsigned policy)
{
	unsigned binds = 0, binds_hit = 0, dmas = 0, dmas_hit = 0, seen[TRACE_NUM_OPS] = {0};
	unsigned i, j;

	for (i = 0; i < 1000; i++) {
		struct mutator_rng rng = seeded(i, policy);
		struct live live;

		mutator_random_trace(&rng, &trace, 32);
		live_start(&live, &trace.header, (enum trace_policy)policy);
		for (j = 0; j < trace.num_ops; j++) {
			const struct trace_op *op = &trace.op[j];
			unsigned mm =
				live_pasid_mm(&live, live_reach(&live, op->device), op->pasid);
			unsigned before = live.bonds[op->device];

			seen[op->code]++;
			live_step(&live, op);
			if (op->code == TRACE_OP_BIND) {
				binds++;
				binds_hit += live.bonds[op->device] != before;
			}
			if (op->code == TRACE_OP_DMA && op->has_pasid) {
				dmas++;
				dmas_hit += mm != TRACE_NONE && live.mapped[mm] >> op->slot & 1;
			}
		}
	}
	for (i = 0; i < TRACE_NUM_OPS; i++) {
		/* An op on a domain becomes a tlbi where there is no domain. */
		if (i == TRACE_OP_TLBI ? seen[i] > 1000 : !seen[i] != is_useless(policy, i))
			fail_msg("'%s' comes up %u times under %s", trace_op_info[i].text, seen[i],
				 trace_policy_name[policy]);
	}
	assert_true(binds_hit > binds / 3);
	assert_true(dmas_hit > dmas / 4);
	assert_true(dmas_hit < dmas * 3 / 4);
}

static void random_traces_meet_live_objects(void **state)
{
	unsigned policy;

	(void)state;
	for (policy = 0; policy < TRACE_NUM_POLICIES; policy++)
		meet_live_objects(policy);
}

/* Linux: callers give no limits, no flags and always a place for the PASID. */
static void linux_traces_have_no_operands_without_a_meaning(void **state)
{
	unsigned policy, i, j, stalls = 0, pasids = 0;

	(void)state;
	for (policy = TRACE_POLICY_LINUX_6_1; policy <= TRACE_POLICY_LINUX_6_12; policy++) {
		for (i = 0; i < 500; i++) {
			struct mutator_rng rng = seeded(i, policy);
			size_t size;

			mutator_random_trace(&rng, &trace, 32);
			size = trace_encode(&trace, data, sizeof(data));
			trace_decode(&trace, data, mutate(&rng, data, size, sizeof(data), NULL));
			stalls += trace.header.stall &&
				  (trace.header.device[0].stall || trace.header.device[1].stall ||
				   trace.header.device[2].stall);
			for (j = 0; j < trace.num_ops; j++) {
				const struct trace_op *op = &trace.op[j];

				if (op->code == TRACE_OP_INIT)
					assert_int_equal(op->pasid | op->max | op->child >> 1, 0);
				if (op->code == TRACE_OP_BIND)
					assert_int_equal(op->has_pasid | op->child, 0);
				assert_int_not_equal(op->code, TRACE_OP_BAD_CMD);
				pasids += op->code == TRACE_OP_ATTACH_PASID && op->pasid >= 63;
			}
		}
	}
	assert_true(stalls > 100);
	assert_true(pasids > 5);
}

static void random_topologies_have_rare_features_now_and_then(void **state)
{
	enum { ROUNDS = 2000 };
	unsigned i, policy;

	(void)state;
	for (policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
		unsigned el2 = 0, msi = 0, range_inv = 0, streams = 0, stall = 0, dma = 0;
		unsigned smmus = 0;

		for (i = 0; i < ROUNDS; i++) {
			struct mutator_rng rng = seeded(i, policy);

			mutator_random_trace(&rng, &trace, 1);
			el2 += trace.header.el2;
			dma += trace.header.default_dma;
			msi += trace.header.msi;
			range_inv += trace.header.range_inv;
			stall += trace.header.stall != TRACE_STALL_NONE;
			streams += trace.header.device[0].streams == 2;
			smmus += trace.header.device[trace.header.num_devices - 1].smmu;
		}
		assert_in_range(el2, ROUNDS / 5, ROUNDS / 3);
		assert_in_range(msi, ROUNDS / 5, ROUNDS / 3);
		assert_in_range(range_inv, ROUNDS / 5, ROUNDS / 3);
		/* Its driver answers no stalls and drives one stream of one SMMU. */
		if (policy == TRACE_POLICY_IO_MM) {
			assert_int_equal(stall, 0);
			assert_int_equal(streams, 0);
			assert_int_equal(dma, 0);
			assert_int_equal(smmus, 0);
			continue;
		}
		assert_in_range(stall, ROUNDS / 8, ROUNDS / 3);
		assert_in_range(dma, ROUNDS / 4, ROUNDS / 2);
		assert_in_range(streams, ROUNDS / 8, ROUNDS / 4);
		assert_in_range(smmus, ROUNDS / 14, ROUNDS / 5);
	}
}

/* Faults that only hide behind a feature of init or behind a table of several leaves. */
static void random_traces_bind_with_faults_and_beyond_the_first_leaf(void **state)
{
	unsigned iopf = 0, leaf = 0, i, j;

	(void)state;
	for (i = 0; i < 1000; i++) {
		struct mutator_rng rng;
		struct live live;

		mutator_seed(&rng, i);
		mutator_random_trace(&rng, &trace, 32);
		live_start(&live, &trace.header, TRACE_POLICY_IO_MM);
		for (j = 0; j < trace.num_ops; j++) {
			const struct trace_op *op = &trace.op[j];
			unsigned before = live.bonds[op->device];

			live_step(&live, op);
			if (op->code != TRACE_OP_BIND || live.bonds[op->device] == before)
				continue;
			iopf += op->child == 1;
			leaf += trace.header.two_level_cd &&
				live.mm_pasid[live.task_mm[op->process]] >= 64;
		}
	}
	assert_true(iopf > 75);
	assert_true(leaf > 4);
}

static const char *source = "smmu ats\n"
			    "device d0 rid=00:01.0 ats\n"
			    "device d1 rid=00:02.0 ats\n"
			    "device d2 rid=00:03.0 pasid-bits=1\n"
			    "domain A d0 d1\n"
			    "domain B d2\n"
			    "process p0\n";

static struct live run_as(enum trace_policy policy, const char *ops)
{
	struct error error = {0};
	char text[2000];
	int size = snprintf(text, sizeof(text), "%s%s", source, ops);

	if (!trace_parse(&trace, "t", text, (size_t)size, &error))
		fail_msg("%s", error.text);
	return live_at(&trace, trace.num_ops, policy);
}

static struct live run(const char *ops)
{
	return run_as(TRACE_POLICY_IO_MM, ops);
}

static void the_sketch_follows_bonds(void **state)
{
	struct live live = run("mmap p0 0x10000 pages=2 rw\nbind d0 p0\nbind d2 p0\nspawn p1\n"
			       "bind d1 p1\nbind d2 p1\n");

	(void)state;
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 1);
	assert_int_equal(live.mm_pasid[live.task_mm[1]], 2);
	assert_int_equal(live.mapped[live.task_mm[0]], 3);
	/* PASID 2 is beyond d2's one bit; d0 reaches what d1 bound. */
	assert_int_equal(live.bonds[2], 1u << live.task_mm[0]);
	assert_int_equal(live_reach(&live, 0), 1u << live.task_mm[0] | 1u << live.task_mm[1]);
	assert_int_equal(live_bonded(&live), 7);
	live = run("bind d0 p0\nspawn p1\nbind d0 p1\nexit p0\nspawn p2\nbind d1 p2\n");
	assert_int_equal(live.mm_pasid[live.task_mm[1]], 2);
	assert_int_equal(live.mm_pasid[live.task_mm[2]], 1);
	assert_int_equal(live.stale[0], 1);
	live = run("bind d0 p0\nbind d1 p0\nattach d0 B\n");
	assert_int_equal(live.bonds[0], 0);
	assert_int_equal(live.domain[0], 1);
	assert_int_equal(live.mm_pasid[0], 1);
	live = run("bind d0 p0\nunbind d0 pasid=2\nunbind d0 pasid=1\nunplug d2\n");
	assert_int_equal(live_bonded(&live), 0);
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 0);
	assert_int_equal(live_bindable(&live), 3);
}

static void the_sketch_follows_features_and_limits(void **state)
{
	struct live live = run("shutdown d0\ninit d0 features=0x1 min=3\n"
			       "bind d0 p0 features=0x1\nspawn p1\nbind d1 p1 features=0x1\n");

	(void)state;
	assert_int_equal(live.iopf, 1);
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 3);
	/* d1 was initialised without them. */
	assert_int_equal(live_bonded(&live), 1);
	live = run("shutdown d0\ninit d0 features=0x1\nshutdown d0\ninit d0\n"
		   "bind d0 p0 features=0x1\n");
	assert_int_equal(live.iopf, 0);
	assert_int_equal(live_bonded(&live), 0);
}

static void the_sketch_follows_processes(void **state)
{
	struct live live = run("mmap p0 0x10000 pages=2 rw\nfork p0 p1\nmunmap p0 0x10000\n"
			       "thread p0 p2\nclone-vm p0 p3\nmremap p0 0x11000 to=0x15000\n");

	(void)state;
	assert_int_equal(live.tasks, 15);
	assert_int_equal(live.mapped[live.task_mm[1]], 3);
	assert_int_equal(live.mapped[live.task_mm[3]], 1 << 5);
	assert_int_equal(live.task_mm[2], live.task_mm[0]);
	live = run("thread p0 p2\nclone-vm p0 p3\nbind d0 p0\nexit-group p2\n");
	assert_int_equal(live.tasks, 1 << 3);
	assert_int_equal(live_bonded(&live), 1);
	live = run("bind d0 p0\nexec p0\n");
	assert_int_equal(live_bonded(&live), 0);
	assert_int_equal(live.tasks, 1);
}

/* Linux: the PASID is the mm's while it lives or is bound, and exit leaves the bond. */
static void the_sketch_follows_linux_processes(void **state)
{
	enum trace_policy policy = TRACE_POLICY_LINUX_6_12;
	struct live live = run_as(policy, "bind d0 p0\nunbind d0 pasid=1\nspawn p1\nbind d0 p1\n");

	(void)state;
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 1);
	assert_int_equal(live.mm_pasid[live.task_mm[1]], 2);
	assert_int_equal(live_bonded(&live), 1);
	live = run_as(policy, "bind d0 p0\nexit p0\nspawn p1\nbind d0 p1\n");
	assert_int_equal(live.mm_pasid[0], 1);
	assert_int_equal(live.task_mm[1], 1);
	assert_int_equal(live.mm_pasid[1], 2);
	assert_int_equal(live.bonds[0], 3);
	live = run_as(policy, "bind d0 p0\nexit p0\nunbind d0 pasid=1\nspawn p1\nbind d0 p1\n");
	assert_int_equal(live.mm_pasid[0], 1);
	assert_int_equal(live.bonds[0], 1);
	assert_int_equal(live.stale[0], 1);
	/* A device reaches what its group bound (6.12), what its domain's devices bound (6.1). */
	live = run_as(policy, "bind d0 p0\n");
	assert_int_equal(live_reach(&live, 1), 0);
	live = run_as(TRACE_POLICY_LINUX_6_1, "bind d0 p0\n");
	assert_int_equal(live_reach(&live, 1), 1);
}

static void the_sketch_follows_linux_devices(void **state)
{
	enum trace_policy policy = TRACE_POLICY_LINUX_6_12;
	struct live live = run_as(policy, "bind d0 p0\ndetach d0\n");

	(void)state;
	assert_int_equal(live_bonded(&live), 1);
	live = run_as(policy, "attach d0 B\n");
	assert_int_equal(live.domain[0], 0);
	live = run_as(TRACE_POLICY_LINUX_6_1, "detach d0\nshutdown d1\ndetach d1\n");
	assert_int_equal(live.domain[0], 0);
	assert_int_equal(live.domain[1], TRACE_NONE);
	live = run_as(policy, "disable d0 sva\nbind d0 p0\nenable d1 iopf\ndetach d2\nclaim d2\n");
	assert_int_equal(live_bonded(&live), 0);
	assert_int_equal(live.iopf, 2);
	assert_int_equal(live.claimed, 4);
	live = run_as(policy, "attach-pasid d0 B pasid=7\nmap B 0x10000 rw\n");
	assert_int_equal(live.domain_pasid[0], 7);
	assert_int_equal(live.pasid_domain[0], 1);
	live = run_as(policy, "bind d0 p0\nattach-pasid d0 B pasid=1\n");
	assert_int_equal(live.domain_pasid[0], 0);
	live = run_as(policy, "attach-pasid d0 B pasid=7\ndetach-pasid d0 pasid=7\n");
	assert_int_equal(live.domain_pasid[0], 0);
	/* They mean nothing elsewhere. */
	live = run("disable d0 sva\nbind d0 p0\nattach-pasid d1 B pasid=7\n");
	assert_int_equal(live_bonded(&live), 1);
	assert_int_equal(live.domain_pasid[1], 0);
}

/* The times that a bond is there after an op of a pattern, of 50 plays. */
static unsigned play_often(unsigned number, unsigned policy)
{
	struct trace_op op[PATTERN_MAX_OPS];
	unsigned bonds = 0, seed, j;

	for (seed = 0; seed < 50; seed++) {
		struct live live = run_as((enum trace_policy)policy, "");
		struct mutator_rng rng = seeded(seed, policy);
		const char *name;
		unsigned count = play_pattern(&rng, &live, number, op, &name);

		assert_in_range(count, 3, PATTERN_MAX_OPS);
		assert_true(name && *name);
		live_start(&live, &trace.header, (enum trace_policy)policy);
		for (j = 0; j < count; j++) {
			struct trace_op valid = op[j];

			trace_normalize_op(&trace.header, &valid);
			assert_memory_equal(&valid, &op[j], TRACE_OP_BYTES);
			assert_false(is_useless(policy, op[j].code));
			live_step(&live, &op[j]);
			bonds += live_bonded(&live) != 0;
		}
	}
	return bonds;
}

static void every_pattern_fits_and_meets_a_bond(void **state)
{
	unsigned i, policy;

	(void)state;
	assert_true(num_patterns() > 30);
	for (i = 0; i < num_patterns(); i++) {
		assert_true(pattern_policies(i) && !(pattern_policies(i) >> TRACE_NUM_POLICIES));
		for (policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
			/* test_mutator_shared.c has those that need more than devices. */
			if (!pattern_needs(i) && pattern_policies(i) >> policy & 1 &&
			    play_often(i, policy) < 50)
				fail_msg("pattern %u rarely has a bond under %s", i,
					 trace_policy_name[policy]);
		}
	}
}

/* The play "PASID reuse after exit (E-1)": the new process gets the dead one's number. */
static void the_reuse_pattern_reuses(void **state)
{
	struct trace_op op[PATTERN_MAX_OPS];
	const char *name = "";
	unsigned i, count = 0;

	(void)state;
	for (i = 0; i < num_patterns() && strcmp(name, "PASID reuse after exit (E-1)"); i++) {
		struct live live = run("");
		struct mutator_rng rng;

		mutator_seed(&rng, 1);
		count = play_pattern(&rng, &live, i, op, &name);
	}
	assert_int_equal(count, 9);
	assert_int_equal(op[3].code, TRACE_OP_EXIT);
	assert_int_equal(op[7].code, TRACE_OP_DMA);
	assert_int_equal(op[7].pasid, 1);
	assert_int_equal(op[8].pasid, 1);
	assert_int_equal(op[6].process, op[4].process);
	assert_int_not_equal(op[6].process, op[3].process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_traces_meet_live_objects),
		cmocka_unit_test(random_traces_bind_with_faults_and_beyond_the_first_leaf),
		cmocka_unit_test(linux_traces_have_no_operands_without_a_meaning),
		cmocka_unit_test(random_topologies_have_rare_features_now_and_then),
		cmocka_unit_test(the_sketch_follows_linux_processes),
		cmocka_unit_test(the_sketch_follows_linux_devices),
		cmocka_unit_test(the_sketch_follows_bonds),
		cmocka_unit_test(the_sketch_follows_features_and_limits),
		cmocka_unit_test(the_sketch_follows_processes),
		cmocka_unit_test(every_pattern_fits_and_meets_a_bond),
		cmocka_unit_test(the_reuse_pattern_reuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
