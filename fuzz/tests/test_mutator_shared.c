/* SPDX-License-Identifier: MIT */
/*
 * Contract: the mutator's sketch follows partitions, VFs and VMs; few random topologies have them,
 * those spend about half of their ops on them, the others none; every pattern on them meets what it
 * is about.
 * Run: ctest -R test_mutator_shared, or the program itself.
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

static const char *const host_source = "smmu ats\n"
				       "device d0 rid=00:01.0 ats\n"
				       "device d1 rid=00:02.0 ats\n"
				       "device d2 rid=00:01.1 ats vf-of=d0\n"
				       "mdev m0 parent=d0\n"
				       "mdev m1 parent=d0\n"
				       "mdev m2 parent=d1 own-mmu\n"
				       "domain A d0 d1\n"
				       "domain B d2\n"
				       "process p0\n";

static const char *const vm_source = "smmu ats\n"
				     "device d0 rid=00:01.0 ats\n"
				     "device d1 rid=00:02.0 ats\n"
				     "device d2 rid=00:01.1 ats vf-of=d0\n"
				     "device d3 rid=00:01.2 pasid-bits=1 vf-of=d0\n"
				     "mdev m0 parent=d1\n"
				     "mdev m1 parent=d1\n"
				     "domain A d0\n"
				     "domain B d1\n"
				     "vm v0 d2 p4 p5\n"
				     "vm v1 d3 p6\n"
				     "process p0\n";

static struct live run_on(const char *source, enum trace_policy policy, const char *ops)
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
	return run_on(host_source, TRACE_POLICY_IO_MM, ops);
}

static struct live run_vms(const char *ops)
{
	return run_on(vm_source, TRACE_POLICY_IO_MM, ops);
}

static void the_sketch_follows_functions_that_come_and_go(void **state)
{
	struct live live = run("bind d2 p0\nvfs-off d0\nplug d2\n");

	(void)state;
	assert_int_equal(live.present, 3);
	assert_int_equal(live_bonded(&live), 0);
	live = run("bind d2 p0\nvfs-off d0\nvfs-on d0\n");
	assert_int_equal(live.present, 7);
	assert_int_equal(live.initialised, 3);
	assert_int_equal(live.domain[2], TRACE_NONE);
	live = run("unplug d2\nplug d2\nattach d2 A\ninit d2\nbind d2 p0\n");
	assert_int_equal(live_bonded(&live), 4);
	/* B-8: the PF takes its VFs along. */
	live = run("unplug d0\nplug d2\n");
	assert_int_equal(live.present, 2);
	live = run("unplug d0\nplug d0\nvfs-on d0\n");
	assert_int_equal(live.present, 7);
}

static void the_sketch_follows_associations(void **state)
{
	struct live live = run("mdev-bind m0 p0\nmdev-bind m1 p0\nmdev-unbind m0 pasid=1\n");
	unsigned mm = 1u << live.task_mm[0];

	(void)state;
	/* B-15: one bond for both. */
	assert_int_equal(live.associated[0], 0);
	assert_int_equal(live.associated[1], mm);
	assert_int_equal(live.bonds[0], mm);
	/* B-14: not while a partition has it; then with the last one. */
	live = run("mdev-bind m0 p0\nunbind d0 pasid=1\n");
	assert_int_equal(live.bonds[0], mm);
	live = run("mdev-bind m0 p0\nmdev-bind m1 p0\nmdev-unbind m0 pasid=1\nmdev-close m1\n");
	assert_int_equal(live.bonds[0], 0);
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 0);
	assert_int_equal(live.stale[0], 1);
	live = run("bind d0 p0\nmdev-bind m0 p0\nmdev-unbind m0 pasid=1\n");
	assert_int_equal(live.bonds[0], mm);
	/* associations go with the bonds. */
	live = run("mdev-bind m0 p0\nunbind-all d0\n");
	assert_int_equal(live.associated[0], 0);
	live = run("mdev-bind m0 p0\nattach d0 B\n");
	assert_int_equal(live.associated[0], 0);
	live = run("mdev-bind m0 p0\nexit p0\n");
	assert_int_equal(live.associated[0], 0);
	/* B-16. */
	live = run("mdev-bind m2 p0\nmdev-map m2 0x10000 rw\n");
	assert_int_equal(live.associated[2] | live.own_mapped[2] | live_bonded(&live), 0);
}

/* Linux: a bond outlives its process, for the partitions as well. */
static void the_sketch_follows_associations_on_linux(void **state)
{
	unsigned policy;

	(void)state;
	for (policy = TRACE_POLICY_LINUX_6_1; policy <= TRACE_POLICY_LINUX_6_12; policy++) {
		struct live live = run_on(host_source, (enum trace_policy)policy,
					  "mdev-bind m0 p0\nexit p0\n");

		assert_int_equal(live.associated[0], 1);
		assert_int_equal(live.bonds[0], 1);
		live = run_on(host_source, (enum trace_policy)policy,
			      "mdev-bind m0 p0\nexit p0\nmdev-unbind m0 pasid=1\n");
		assert_int_equal(live.associated[0] | live.bonds[0], 0);
		live = run_on(host_source, (enum trace_policy)policy,
			      "mdev-bind m0 p0\nbind d0 p0\nmdev-unbind m0 pasid=1\n");
		assert_int_equal(live.bonds[0], 1);
		/* the driver's own handle goes, the partition's stays. */
		live = run_on(host_source, (enum trace_policy)policy,
			      "mdev-bind m0 p0\nbind d0 p0\nunbind d0 pasid=1\n");
		assert_int_equal(live.bonds[0], 1);
		assert_int_equal(live.own[0], 0);
		live = run_on(vm_source, (enum trace_policy)policy, "guest-bind d2 p4\n");
		assert_int_equal(live.running | live.assigned | live_bonded(&live), 0);
		assert_int_equal(live.tasks, 1);
	}
}

static void the_sketch_follows_mappings_of_partitions(void **state)
{
	struct live live = run("mdev-map m0 0x10000 pages=2 rw\nmdev-map m1 0x11000 rw\n"
			       "map A 0x10000 rw\nmdev-unmap m1 0x10000\nunmap A 0x10000\n");

	(void)state;
	/* B-10. */
	assert_int_equal(live.own_mapped[0], 3);
	assert_int_equal(live.own_mapped[1], 0);
	assert_int_equal(live.private_mapped[0], 3);
	live = run("mdev-map m0 0x10000 pages=2 rw\nmdev-map m1 0x12000 rw\ndetach d0\n"
		   "mdev-unmap m0 0x11000\nmdev-close m1\n");
	assert_int_equal(live.domain[0], 0);
	assert_int_equal(live.own_mapped[0], 1);
	assert_int_equal(live.private_mapped[0], 1);
}

static void the_sketch_follows_guests(void **state)
{
	struct live live = run_vms("guest-bind d2 p4\nguest-bind d3 p6\nguest-bind d2 p5\n"
				   "guest-bind d2 p6\nbind d0 p0\nbind d0 p5\n");

	(void)state;
	/* B-8: PASIDs of two VMs and of the host are independent. */
	assert_int_equal(live.mm_pasid[live.task_mm[0]], 1);
	assert_int_equal(live.mm_pasid[live.task_mm[4]], 1);
	assert_int_equal(live.mm_pasid[live.task_mm[5]], 2);
	assert_int_equal(live.mm_pasid[live.task_mm[6]], 1);
	assert_int_equal(live.bonds[0], 1u << live.task_mm[0]);
	assert_int_equal(live_reach(&live, 2), 1u << live.task_mm[4] | 1u << live.task_mm[5]);
	live = run_vms("guest-spawn v1 p7\nguest-bind d3 p6\nguest-bind d3 p7\n");
	assert_int_equal(live.bonds[3], 1u << live.task_mm[6]);
	live = run_vms("guest-bind d2 p4\nexit p4\nguest-bind d2 p5\nfork p5 p1\n"
		       "guest-bind d2 p1\nguest-unbind v0 d2 pasid=1\n");
	assert_int_equal(live.stale[0], 1);
	assert_int_equal(live.bonds[2], 1u << live.task_mm[1]);
	assert_int_equal(live.mm_vm[live.task_mm[1]], 0);
	/* What a VM has is in no domain, and the host's calls do not reach it. */
	live = run_vms("guest-bind d2 p4\nattach d2 A\nunbind-all d2\nunbind d2 pasid=1\n"
		       "guest-unbind v1 d2 pasid=1\n");
	assert_int_equal(live.domain[2], TRACE_NONE);
	assert_int_equal(live_bonded(&live), 4);
}

static void the_sketch_follows_vms(void **state)
{
	struct live live = run_vms("");

	(void)state;
	assert_int_equal(live.running, 3);
	assert_int_equal(live.whole, 12);
	assert_int_equal(live.tasks, 0x71);
	live = run_vms("guest-bind d2 p4\nvm-destroy v0\n");
	assert_int_equal(live.running, 2);
	assert_int_equal(live.assigned, 8);
	assert_int_equal(live.tasks, 0x41);
	assert_int_equal(live_bonded(&live), 0);
	live = run_vms("vm-destroy v0\nvm-start v0\nassign v0 d2\nguest-spawn v0 p1\n"
		       "guest-bind d2 p1\n");
	assert_int_equal(live_bonded(&live), 4);
	assert_int_equal(live.mm_pasid[live.task_mm[1]], 1);
	live = run_vms("assign v1 d2\nassign v0 d0\n");
	assert_int_equal(live.vm[2], 0);
	assert_int_equal(live.vm[0], TRACE_NONE);
	live = run_vms("guest-bind d2 p4\nunassign d2\nattach d2 A\ninit d2\nbind d2 p0\n");
	assert_int_equal(live.bonds[2], 1u << live.task_mm[0]);
}

static void the_sketch_follows_partitions_of_vms(void **state)
{
	struct live live = run_vms("assign-mdev v0 m0\nassign-mdev v1 m1\nmdev-bind m1 p0\n"
				   "bind d1 p0\nguest-bind d1 p4\n");

	(void)state;
	/* B-7: the requester id is one VM's. */
	assert_int_equal(live.vm[1], 0);
	assert_int_equal(live.mdev_vm[1], TRACE_NONE);
	assert_int_equal(live.bonds[1], 1u << live.task_mm[4]);
	live = run_vms("assign-mdev v0 m0\nassign-mdev v0 m1\nunassign-mdev m0\n");
	assert_int_equal(live.vm[1], 0);
	live = run_vms("assign-mdev v0 m0\nunassign d1\nunassign-mdev m0\nassign-mdev v1 m1\n");
	assert_int_equal(live.vm[1], 1);
	live = run_vms("mdev-bind m0 p0\nassign-mdev v0 m1\n");
	assert_int_equal(live.vm[1], TRACE_NONE);
}

static bool is_shared(unsigned code)
{
	return code >= TRACE_OP_MDEV_BIND && code <= TRACE_OP_GUEST_INV;
}

static void some_topologies_share_and_then_many_ops_do(void **state)
{
	enum { ROUNDS = 3000 };
	unsigned i, j, policy;

	(void)state;
	for (policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
		unsigned mdevs = 0, vms = 0, vfs = 0, own_mmu = 0, ops = 0, shared = 0;

		for (i = 0; i < ROUNDS; i++) {
			struct mutator_rng rng = seeded(i, policy);
			const struct trace_header *header = &trace.header;
			bool has;

			mutator_random_trace(&rng, &trace, 32);
			assert_int_equal(header->shared_rid, 0);
			mdevs += header->num_mdevs != 0;
			vms += header->num_vms != 0;
			for (j = 0; j < header->num_mdevs; j++)
				own_mmu += header->mdev[j].own_mmu;
			for (j = 0; j < header->num_devices; j++)
				vfs += header->device[j].vf_of != 0;
			has = header->num_mdevs || (header->num_vms && !policy);
			for (j = 0; j < trace.num_ops; j++) {
				if (!has)
					assert_false(is_shared(trace.op[j].code));
				ops += has;
				shared += is_shared(trace.op[j].code);
			}
		}
		assert_in_range(mdevs, ROUNDS / 6, ROUNDS / 4);
		assert_in_range(own_mmu, ROUNDS / 50, ROUNDS / 10);
		assert_in_range(vfs, ROUNDS / 10, ROUNDS);
		if (policy == TRACE_POLICY_IO_MM)
			assert_in_range(vms, ROUNDS / 8, ROUNDS / 5);
		else
			assert_int_equal(vms, 0);
		/* Ops on guests' processes and functions are the same as on the host's. */
		assert_in_range(shared, ops / 3, ops / 2);
	}
}

/* Ops of random traces that change something, by the sketch of the law. */
static void random_traces_meet_partitions_and_guests(void **state)
{
	unsigned binds = 0, binds_hit = 0, submits = 0, submits_hit = 0, guests = 0, guests_hit = 0;
	unsigned dmas = 0, dmas_hit = 0, i, j;

	(void)state;
	for (i = 0; i < 3000; i++) {
		struct mutator_rng rng = seeded(i, TRACE_POLICY_IO_MM);
		struct live live, before;

		mutator_random_trace(&rng, &trace, 32);
		live_start(&live, &trace.header, TRACE_POLICY_IO_MM);
		for (j = 0; j < trace.num_ops; j++) {
			const struct trace_op *op = &trace.op[j];
			unsigned mm = live.task_mm[op->process];

			before = live;
			live_step(&live, op);
			if (op->code == TRACE_OP_MDEV_BIND) {
				binds++;
				binds_hit += memcmp(live.associated, before.associated,
						    sizeof(live.associated)) != 0;
			} else if (op->code == TRACE_OP_SUBMIT) {
				submits++;
				submits_hit += live.associated[op->device] >> mm & 1;
			} else if (op->code == TRACE_OP_GUEST_BIND) {
				guests++;
				guests_hit += live.bonds[op->device] != before.bonds[op->device];
			} else if (op->code == TRACE_OP_DMA && live.assigned >> op->device & 1) {
				dmas++;
				dmas_hit += live_pasid_mm(&live, live.bonds[op->device],
							  op->pasid) != TRACE_NONE;
			}
		}
	}
	assert_true(binds > 500 && binds_hit > binds / 3);
	assert_true(submits > 500 && submits_hit > submits / 3);
	assert_true(submits_hit < submits * 9 / 10);
	assert_true(guests > 500 && guests_hit > guests / 3);
	assert_true(dmas > 300 && dmas_hit > dmas / 3);
}

static void shared_requester_ids_are_never_made(void **state)
{
	unsigned i;

	(void)state;
	run_vms("");
	trace.header.shared_rid = 1;
	trace_normalize_header(&trace.header);
	assert_int_equal(trace.header.shared_rid, 1);
	for (i = 0; i < 300; i++) {
		struct mutator_rng rng = seeded(i, TRACE_POLICY_IO_MM);
		struct trace out;
		size_t size = trace_encode(&trace, data, sizeof(data));

		trace_decode(&out, data, mutate(&rng, data, size, sizeof(data), NULL));
		assert_int_equal(out.header.shared_rid, 0);
	}
}

/* Is there what a pattern is about: a bond, of a guest or of a partition where it needs such? */
static bool meets(const struct live *live, unsigned needs)
{
	unsigned m;

	if (!(needs & NEEDS_MDEV))
		return needs & NEEDS_VM ? live_bonded(live) & live->assigned : live_bonded(live);
	if (live_bonded(live) & live->assigned)
		return true;
	for (m = 0; m < TRACE_MAX_MDEVS; m++) {
		if (live->associated[m])
			return true;
	}
	return false;
}

/* Plays of 50 in which it is there after a fifth of the ops or more; each op is valid. */
static unsigned play_often(const char *source, unsigned number, unsigned policy)
{
	struct trace_op op[PATTERN_MAX_OPS];
	unsigned plays = 0, seed, j;

	for (seed = 0; seed < 50; seed++) {
		struct live live = run_on(source, (enum trace_policy)policy, "");
		struct mutator_rng rng = seeded(seed, policy);
		unsigned count = play_pattern(&rng, &live, number, op, NULL), met = 0;

		assert_in_range(count, 3, PATTERN_MAX_OPS);
		live_start(&live, &trace.header, (enum trace_policy)policy);
		for (j = 0; j < count; j++) {
			struct trace_op valid = op[j];

			trace_normalize_op(&trace.header, &valid);
			assert_memory_equal(&valid, &op[j], TRACE_OP_BYTES);
			live_step(&live, &op[j]);
			met += meets(&live, pattern_needs(number));
		}
		plays += met * 5 >= count;
	}
	return plays;
}

static void every_pattern_meets_what_it_is_about(void **state)
{
	unsigned i, policy, played = 0;

	(void)state;
	for (i = 0; i < num_patterns(); i++) {
		bool vms = pattern_needs(i) & NEEDS_VM;

		if (!pattern_needs(i))
			continue;
		for (policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
			if (!(pattern_policies(i) >> policy & 1))
				continue;
			assert_true(!vms || policy == TRACE_POLICY_IO_MM);
			played++;
			if (play_often(vms ? vm_source : host_source, i, policy) < 40)
				fail_msg("pattern %u rarely meets anything under %s", i,
					 trace_policy_name[policy]);
		}
	}
	assert_true(played > 40);
}

/* The play "one PASID in two VMs (B-8)": the same number, two functions. */
static void the_pattern_of_two_vms_has_one_pasid(void **state)
{
	struct trace_op op[PATTERN_MAX_OPS];
	const char *name = "";
	unsigned i, count = 0;

	(void)state;
	for (i = 0; i < num_patterns() && strcmp(name, "one PASID in two VMs (B-8)"); i++) {
		struct mutator_rng rng = seeded(1, TRACE_POLICY_IO_MM);
		struct live live = run_vms("");

		count = play_pattern(&rng, &live, i, op, &name);
	}
	assert_true(count >= 9);
	assert_int_equal(op[count - 5].code, TRACE_OP_DMA);
	assert_int_equal(op[count - 4].code, TRACE_OP_DMA);
	assert_int_equal(op[count - 5].pasid, 1);
	assert_int_equal(op[count - 4].pasid, 1);
	assert_int_not_equal(op[count - 5].device, op[count - 4].device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sketch_follows_functions_that_come_and_go),
		cmocka_unit_test(the_sketch_follows_associations),
		cmocka_unit_test(the_sketch_follows_associations_on_linux),
		cmocka_unit_test(the_sketch_follows_mappings_of_partitions),
		cmocka_unit_test(the_sketch_follows_guests),
		cmocka_unit_test(the_sketch_follows_vms),
		cmocka_unit_test(the_sketch_follows_partitions_of_vms),
		cmocka_unit_test(some_topologies_share_and_then_many_ops_do),
		cmocka_unit_test(random_traces_meet_partitions_and_guests),
		cmocka_unit_test(shared_requester_ids_are_never_made),
		cmocka_unit_test(every_pattern_meets_what_it_is_about),
		cmocka_unit_test(the_pattern_of_two_vms_has_one_pasid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
