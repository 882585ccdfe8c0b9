/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the reference model share: a small machine, and calls that check what every
 * call owes: an error changes nothing and names its rule, and the invariants hold afterwards.
 */
#ifndef SVAREF_TEST_FIXTURE_H
#define SVAREF_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../svaref.h"

#include <errno.h>

enum { A, B, C, D }; /* domains */
enum { RW = REF_READ | REF_WRITE };

/*
 * Three devices in groups of their own, a fourth in none; A and B translate, C is an identity
 * domain. Devices have ATS and 4, 4, 3 and 4 PASID bits, the IOMMU has 4 SubstreamID bits.
 */
static inline struct ref_topology machine(void)
{
	return (struct ref_topology){
		.policy = REF_POLICY_IO_MM,
		.ssid_bits = 4,
		.num_devices = 4,
		.num_domains = 3,
		.device = {{.rid = 0x08, .pasid_bits = 4, .group = 0, .ats = 1},
			   {.rid = 0x10, .pasid_bits = 4, .group = 1, .ats = 1},
			   {.rid = 0x18, .pasid_bits = 3, .group = 2, .ats = 1},
			   {.rid = 0x20, .pasid_bits = 4, .group = REF_NONE, .ats = 1}},
		.domain_type = {REF_DOMAIN_STAGE1, REF_DOMAIN_STAGE1, REF_DOMAIN_IDENTITY},
	};
}

static inline void assert_lawful(const struct ref *ref)
{
	const struct ref_invariant *broken = ref_check(ref);

	if (broken)
		fail_msg("%s %s: %s", broken->rule, broken->name, broken->text);
}

static inline struct ref_result expect_success(const struct ref *ref, struct ref_result result)
{
	if (result.error)
		fail_msg("error %d by %s", result.error, result.rule);
	assert_lawful(ref);
	return result;
}

static inline void expect_error(const struct ref *ref, const struct ref *before,
				struct ref_result result, int error, const char *rule)
{
	assert_int_equal(result.error, error);
	assert_string_equal(result.rule, rule);
	assert_int_equal(result.num_calls, 0);
	assert_memory_equal(ref, before, sizeof(*ref));
}

/* The value is the result of the call. */
#define OK(call) expect_success(&ref, (call))

#define FAILS(call, error, rule)                                                                   \
	do {                                                                                       \
		struct ref before_call = ref;                                                      \
		expect_error(&ref, &before_call, (call), (error), (rule));                         \
	} while (0)

#define FAULTS(call, kind) assert_int_equal(OK(call).access.outcome, (kind))

static inline void assert_call(struct ref_result result, unsigned i, enum ref_call_kind kind,
			       unsigned device, unsigned pasid)
{
	assert_true(i < result.num_calls);
	assert_int_equal(result.call[i].kind, kind);
	assert_int_equal(result.call[i].device, device);
	assert_int_equal(result.call[i].pasid, pasid);
}

/* The space of a task is what the device reaches with this PASID. */
static inline void assert_reaches(const struct ref *ref, uint8_t device, uint32_t pasid,
				  uint8_t task)
{
	struct ref_target target = ref_target(ref, device, true, pasid);

	assert_int_equal(target.kind, REF_TARGET_MM);
	assert_int_equal(target.index, ref->task[task].mm);
}

static inline void assert_unreachable(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	assert_int_equal(ref_target(ref, device, true, pasid).kind, REF_TARGET_NO_PASID);
}

/* d0 and d1 in A, d2 in B, all initialised with `features`; p0 and p1 live. */
static inline struct ref machine_at_work(uint32_t features)
{
	struct ref_topology topology = machine();
	struct ref ref;

	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, 0, A));
	OK(ref_attach(&ref, 1, A));
	OK(ref_attach(&ref, 2, B));
	for (uint8_t device = 0; device < 3; device++)
		OK(ref_init(&ref, device, features, 0, 0));
	OK(ref_spawn(&ref, 0));
	OK(ref_spawn(&ref, 1));
	return ref;
}

#endif
