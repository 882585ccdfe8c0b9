/* SPDX-License-Identifier: MIT */
/*
 * Contract: mutate() and mutator_crossover() turn any bytes into a valid trace in binary form
 * within the given size, from the seed alone; what they add meets live objects; patterns play out
 * as their names say. The dictionary holds one record for every op.
 * Run: ctest -R test_mutator, or the program itself in the source tree.
 */
#include "../../harness/trace/tests/gen.h"
/* A module of its own, with afl-fuzz as its only caller: the test is in its place. */
#include "../afl_mutator.c"
#include "../mutator_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct trace trace, other, out;
static uint8_t data[TRACE_BINARY_MAX], data_again[TRACE_BINARY_MAX], crossed[TRACE_BINARY_MAX];

/* What an engine does to bytes it knows nothing about; may also shorten. */
static size_t rough_engine(uint8_t *bytes, size_t size, size_t max_size)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] ^= (uint8_t)(0x5a + 7 * i);
	return size && size == max_size ? size - 1 : size;
}

static void expect_output(const uint8_t *bytes, size_t size, size_t max_size)
{
	unsigned i;

	assert_true(size >= TRACE_HEADER_BYTES && size <= max_size);
	assert_int_equal((size - TRACE_HEADER_BYTES) % TRACE_OP_BYTES, 0);
	assert_true(trace_is_binary(bytes, size));
	trace_decode(&out, bytes, size);
	/* The bytes are those of a valid trace, not merely read as one. */
	assert_int_equal(trace_encode(&out, crossed, sizeof(crossed)), size);
	assert_memory_equal(bytes, crossed, size);
	for (i = 0; i < out.num_ops; i++)
		assert_int_equal(out.op[i].pin.kind, TRACE_PIN_NONE);
}

static void any_bytes_mutate_to_a_valid_trace_in_bounds(void **state)
{
	uint64_t seed = 21;
	unsigned i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		size_t max_size = TRACE_HEADER_BYTES + i % 1000;
		size_t size = gen_bytes(&seed, data, (i * 7) % (max_size + 1));
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		size = mutate(&rng, data, size, max_size, i & 1 ? rough_engine : NULL);
		expect_output(data, size, max_size);
	}
}

static void long_input_is_not_grown_and_short_room_is_kept(void **state)
{
	uint64_t seed = 22;
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;
		size_t size;

		gen_trace(&seed, &trace, 100 + i % 100);
		size = trace_encode(&trace, data, sizeof(data));
		mutator_seed(&rng, i);
		expect_output(data, mutate(&rng, data, size, sizeof(data), NULL), size);
		gen_trace(&seed, &trace, MUTATOR_MAX_OPS);
		size = trace_encode(&trace, data, sizeof(data));
		expect_output(data, mutate(&rng, data, size, sizeof(data), NULL), size);
	}
}

static void without_room_for_a_header_bytes_are_mutated(void **state)
{
	struct mutator_rng rng;
	unsigned size, changed = 0;

	(void)state;
	mutator_seed(&rng, 1);
	for (size = 0; size < TRACE_HEADER_BYTES; size++) {
		memset(data, 0, sizeof(data));
		memset(data_again, 0, sizeof(data_again));
		assert_in_range(mutate(&rng, data, size, TRACE_HEADER_BYTES - 1, NULL), 1,
				TRACE_HEADER_BYTES - 1);
		changed += memcmp(data, data_again, size + 1) != 0;
	}
	assert_true(changed > TRACE_HEADER_BYTES / 2);
	assert_int_equal(mutate(&rng, data, 0, 0, NULL), 0);
	assert_int_equal(mutator_crossover(&rng, data, 9, data, 9, crossed, TRACE_HEADER_BYTES - 1),
			 0);
}

static void a_seed_gives_one_result(void **state)
{
	unsigned i, differ = 0;
	uint64_t seed = 23;

	(void)state;
	for (i = 0; i < 500; i++) {
		struct mutator_rng a, b, c;
		size_t size, size_a, size_b;

		gen_trace(&seed, &trace, i % 40);
		size = trace_encode(&trace, data, sizeof(data));
		memcpy(data_again, data, size);
		mutator_seed(&a, i);
		mutator_seed(&b, i);
		mutator_seed(&c, i + 1);
		size_a = mutate(&a, data, size, sizeof(data), NULL);
		size_b = mutate(&b, data_again, size, sizeof(data_again), NULL);
		assert_int_equal(size_a, size_b);
		assert_memory_equal(data, data_again, size_a);
		size = trace_encode(&trace, crossed, sizeof(crossed));
		size_b = mutate(&c, crossed, size, sizeof(crossed), NULL);
		differ += size_a != size_b || memcmp(data, crossed, size_b) != 0;
	}
	assert_true(differ > 400);
}

static void a_mutation_changes_something_small(void **state)
{
	unsigned i, same = 0, near = 0;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		mutator_random_trace(&rng, &trace, 20);
		trace_decode(&out, data,
			     mutate(&rng, data, trace_encode(&trace, data, sizeof(data)),
				    sizeof(data), NULL));
		same += same_trace(&trace, &out);
		near += out.num_ops + 3 >= trace.num_ops && out.num_ops <= trace.num_ops + 10;
	}
	/* An operand may be chosen as it was; most changes are real, and most are one step. */
	assert_true(same < 2000 / 8);
	assert_true(near > 2000 * 3 / 4);
}

static bool has_op(const struct trace *t, const struct trace_header *header, struct trace_op op)
{
	unsigned i;

	for (i = 0; i < t->num_ops; i++) {
		struct trace_op candidate = t->op[i];

		candidate.pin = (struct trace_pin){0};
		trace_normalize_op(header, &candidate);
		if (!memcmp(&candidate, &op, TRACE_OP_BYTES))
			return true;
	}
	return false;
}

static void crossover_is_made_of_whole_ops_of_both(void **state)
{
	unsigned i, j, both = 0;
	uint64_t seed = 25;

	(void)state;
	for (i = 0; i < 3000; i++) {
		bool from_a = false, from_b = false;
		struct mutator_rng rng;
		size_t a, b, size;

		gen_trace(&seed, &trace, i % 50);
		gen_trace(&seed, &other, i % 37);
		a = trace_encode(&trace, data, sizeof(data));
		b = trace_encode(&other, data_again, sizeof(data_again));
		mutator_seed(&rng, i);
		size = mutator_crossover(&rng, data, a, data_again, b, crossed,
					 TRACE_HEADER_BYTES + i % 900);
		assert_true(size >= TRACE_HEADER_BYTES && size <= TRACE_HEADER_BYTES + i % 900);
		trace_decode(&out, crossed, size);
		assert_memory_equal(&out.header, &trace.header, sizeof(out.header));
		assert_true(out.num_ops <= MUTATOR_MAX_OPS);
		for (j = 0; j < out.num_ops; j++) {
			bool in_a = has_op(&trace, &out.header, out.op[j]);
			bool in_b = has_op(&other, &out.header, out.op[j]);

			assert_true(in_a || in_b);
			from_a |= in_a;
			from_b |= in_b;
		}
		both += from_a && from_b;
	}
	assert_true(both > 1000);
}

static void a_random_trace_has_its_length_and_is_valid(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		mutator_random_trace(&rng, &trace, i % 300);
		assert_int_equal(trace.num_ops, i % 300 < TRACE_MAX_OPS ? i % 300 : TRACE_MAX_OPS);
		expect_output(data, trace_encode(&trace, data, sizeof(data)), sizeof(data));
		assert_true(same_trace(&trace, &out));
	}
}

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
	assert_true(num_patterns > 30);
	for (i = 0; i < num_patterns; i++) {
		assert_true(pattern_policies(i) && !(pattern_policies(i) >> TRACE_NUM_POLICIES));
		for (policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
			if (pattern_policies(i) >> policy & 1 && play_often(i, policy) < 50)
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
	for (i = 0; i < num_patterns && strcmp(name, "PASID reuse after exit (E-1)"); i++) {
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

static void afl_gets_the_same_kind_of_output(void **state)
{
	void *afl = afl_custom_init(NULL, 7);
	uint64_t seed = 26;
	unsigned i;

	(void)state;
	assert_non_null(afl);
	for (i = 0; i < 3000; i++) {
		size_t max_size = TRACE_HEADER_BYTES + i % 2000,
		       size = gen_bytes(&seed, data, i % 500), more;
		uint8_t *result = NULL;

		more = gen_bytes(&seed, data_again, i % 300);
		size = afl_custom_fuzz(afl, data, size, &result, i & 1 ? data_again : NULL, more,
				       max_size);
		assert_non_null(result);
		expect_output(result, size, max_size);
	}
	afl_custom_deinit(afl);
}

/* afl-fuzz knows nothing of drivers: it is told as the target is. */
static void afl_makes_traces_for_the_driver_of_the_target(void **state)
{
	static const struct {
		const char *driver;
		unsigned policy;
	} cases[] = {
		{"linux-6.12", TRACE_POLICY_LINUX_6_12},
		{"linux-6.1", TRACE_POLICY_LINUX_6_1},
		{"iomm", TRACE_POLICY_IO_MM},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct afl_mutator *afl;

		assert_int_equal(setenv("SVAFUZZ_DRIVER", cases[i].driver, 1), 0);
		afl = afl_custom_init(NULL, 7);
		assert_non_null(afl);
		assert_int_equal(afl->rng.policy, cases[i].policy);
		afl_custom_deinit(afl);
	}
	unsetenv("SVAFUZZ_DRIVER");
}

/* One line `op_NAME="\x.."`: the record of that op. */
static bool check_entry(const char *line)
{
	uint8_t record[TRACE_HEADER_BYTES + TRACE_OP_BYTES] = {0};
	char name[32], *end = strchr(line, '=');
	unsigned i, byte;
	size_t size;

	if (strncmp(line, "op_", 3) || !end)
		return false;
	size = (size_t)(end - line) - 3;
	assert_true(size < sizeof(name));
	memcpy(name, line + 3, size);
	name[size] = '\0';
	for (i = 0; i < size; i++)
		name[i] = (char)(name[i] == '_' ? '-' : name[i]);
	assert_int_equal(strlen(end), strlen("=\"\"\n") + 4 * TRACE_OP_BYTES);
	for (i = 0; i < TRACE_OP_BYTES; i++) {
		assert_int_equal(sscanf(end + 2 + 4 * i, "\\x%2x", &byte), 1);
		record[TRACE_HEADER_BYTES + i] = (uint8_t)byte;
	}
	trace_decode(&trace, record, sizeof(record));
	assert_string_equal(trace_op_info[trace.op[0].code].text, name);
	assert_memory_equal(&trace.op[0], record + TRACE_HEADER_BYTES, TRACE_OP_BYTES);
	return true;
}

static void the_dictionary_has_a_record_for_every_op(void **state)
{
	char line[200];
	unsigned entries = 0;
	FILE *file;

	(void)state;
	file = fopen("fuzz/fuzz_bind.dict", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		entries += check_entry(line);
	fclose(file);
	assert_int_equal(entries, TRACE_NUM_OPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_mutate_to_a_valid_trace_in_bounds),
		cmocka_unit_test(long_input_is_not_grown_and_short_room_is_kept),
		cmocka_unit_test(without_room_for_a_header_bytes_are_mutated),
		cmocka_unit_test(a_seed_gives_one_result),
		cmocka_unit_test(a_mutation_changes_something_small),
		cmocka_unit_test(crossover_is_made_of_whole_ops_of_both),
		cmocka_unit_test(a_random_trace_has_its_length_and_is_valid),
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
		cmocka_unit_test(afl_gets_the_same_kind_of_output),
		cmocka_unit_test(afl_makes_traces_for_the_driver_of_the_target),
		cmocka_unit_test(the_dictionary_has_a_record_for_every_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
