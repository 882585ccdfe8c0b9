/* SPDX-License-Identifier: MIT */
/*
 * Contract: partitions, VFs and VMs in headers: text and bytes carry them, text that describes a
 * topology that cannot exist is refused, bytes that do become one that can.
 * Run: ctest -R test_topology, or the program itself.
 */
#include "gen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct trace trace, again;
static uint8_t data[TRACE_BINARY_MAX];
static char text[TRACE_TEXT_MAX];

#define D0    "device d0 rid=00:01.0\n"
#define D1    "device d1 rid=00:02.0\n"
#define VF1   "device d1 rid=00:01.1 vf-of=d0\n"
#define VF2   "device d2 rid=00:01.2 vf-of=d0\n"
#define MDEVS "mdev m0 parent=d0\nmdev m1 parent=d0\n"

static void parse(const char *source)
{
	struct error error = {0};

	if (!trace_parse(&trace, "t", source, strlen(source), &error))
		fail_msg("%s", error.text);
}

static void expect_text(const char *source, const char *canonical)
{
	parse(source);
	trace_format(&trace, text, sizeof(text));
	assert_string_equal(text, canonical);
}

static void every_line_has_a_canonical_form_and_place(void **state)
{
	static const char canonical[] = "policy  io_mm\n"
					"misuse\n"
					"two-guests-per-rid\n"
					"smmu    ssid-bits=4 ats\n"
					"device  d0 rid=00:01.0 pasid-bits=4 ats\n"
					"device  d1 rid=00:01.1 pasid-bits=4 ats vf-of=d0\n"
					"device  d2 rid=00:01.2 pasid-bits=8 vf-of=d0 group=3\n"
					"device  d3 rid=00:01.3 pasid-bits=4 vf-of=d0 group=0\n"
					"mdev    m0 parent=d0\n"
					"mdev    m1 parent=d0\n"
					"mdev    m2 parent=d3 own-mmu\n"
					"domain  A d0 d3\n"
					"domain  B\n"
					"vm      v0 d1 p4 p5\n"
					"vm      v1 d2\n"
					"process p0 p1\n";

	(void)state;
	expect_text(canonical, canonical);
	assert_int_equal(trace.header.device[0].vf_of, 0);
	assert_int_equal(trace.header.device[2].vf_of, 1);
	assert_int_equal(trace.header.device[1].domain, TRACE_NONE);
	assert_int_equal(trace.header.device[1].sva, 0);
	assert_int_equal(trace.header.num_mdevs, 3);
	assert_int_equal(trace.header.mdev[2].parent, 3);
	assert_int_equal(trace.header.mdev[2].own_mmu, 1);
	assert_int_equal(trace.header.num_vms, 2);
	assert_int_equal(trace.header.vm[0].device, 1);
	assert_int_equal(trace.header.vm[0].processes, 0x30);
	assert_int_equal(trace.header.vm[1].device, 2);
	assert_int_equal(trace.header.shared_rid, 1);
	/* The order of lines is free but for what they name. */
	expect_text("process p1 p0\n"
		    "device d0 rid=00:01.0 ats\n"
		    "mdev m0 parent=d0 rid=0:1.0\n"
		    "device d1 vf-of=d0 rid=00:01.1 ats\n"
		    "vm v0 d1 p5 p4\n"
		    "two-guests-per-rid\n"
		    "domain A d0\n"
		    "device d2 rid=00:01.2 vf-of=d0 pasid-bits=8 group=3\n"
		    "vm v1 d2\n"
		    "mdev m1 rid=00:01.0 parent=d0\n"
		    "domain B\n"
		    "smmu ats\n",
		    "policy  io_mm\n"
		    "two-guests-per-rid\n"
		    "smmu    ssid-bits=4 ats\n"
		    "device  d0 rid=00:01.0 pasid-bits=4 ats\n"
		    "device  d1 rid=00:01.1 pasid-bits=4 ats vf-of=d0\n"
		    "device  d2 rid=00:01.2 pasid-bits=8 vf-of=d0 group=3\n"
		    "mdev    m0 parent=d0\n"
		    "mdev    m1 parent=d0\n"
		    "domain  A d0\n"
		    "domain  B\n"
		    "vm      v0 d1 p4 p5\n"
		    "vm      v1 d2\n"
		    "process p0 p1\n");
}

static void a_vf_behind_the_second_smmu_names_it(void **state)
{
	(void)state;
	expect_text(D0 "device d1 rid=00:02.0 smmu=1\ndevice d2 rid=00:02.1 smmu=1 vf-of=d1\n"
		       "vm v0 d2\n",
		    "policy  io_mm\n"
		    "smmu    ssid-bits=4\n"
		    "device  d0 rid=00:01.0 pasid-bits=4\n"
		    "device  d1 rid=00:02.0 pasid-bits=4 smmu=1\n"
		    "device  d2 rid=00:02.1 pasid-bits=4 smmu=1 vf-of=d1\n"
		    "vm      v0 d2\n");
}

/* What is wrong with a text, and the message that says so, with its place. */
static const struct bad_text {
	const char *source;
	const char *message;
} bad_texts[] = {
	/* Partitions (B-6). */
	{D0 "mdev m0\n", "t:2: m0 has no parent; add parent=d0"},
	{D0 "mdev m0 own-mmu\n", "t:2: m0 has no parent; add parent=d0"},
	{D0 "mdev m0 parent=d1\n", "t:2: parent=d1: no device line above for d1; declare it first"},
	{D0 MDEVS "mdev m2 parent=m0\n",
	 "t:4: parent=m0 is no device; a partition is of a device: parent=d0 for example"},
	{D0 "mdev m0 parent=\n", "t:2: parent= is no device; a partition is of a device"},
	{D0 "mdev m0 parent=d0 parent=d0\n", "t:2: m0 has two parents; keep one"},
	{D0 "mdev m1 parent=d0\n", "t:2: mdevs are numbered in order; the next one is m0"},
	{D0 "mdev\n", "t:2: mdevs are numbered in order; the next one is m0"},
	{D0 MDEVS "mdev m1 parent=d0\n", "t:4: mdevs are numbered in order; the next one is m2"},
	{D0 MDEVS "mdev m2 parent=d0\nmdev m3 parent=d0\nmdev m4 parent=d0\n",
	 "t:6: more than 4 mdevs; remove one"},
	{D0 "mdev m0 parent=d0 own-mmu own-mmu\n", "t:2: own-mmu is given twice; keep one"},
	{D0 "mdev m0 parent=d0 ats\n", "t:2: unknown mdev property 'ats'; parent=dN own-mmu"},
	{D0 "mdev m0 rid=00:02.0 parent=d0\n",
	 "t:2: m0 has rid=00:02.0 and its parent d0 00:01.0; a partition has the requester id of "
	 "its parent: leave rid out"},
	{D0 "mdev m0 parent=d0 rid=1\n", "t:2: rid=1; 00:DD.F with DD 00..1f and F 0..7"},
	/* VFs (B-8). */
	{D0 "device d1 rid=00:01.0\n",
	 "t:2: d1 has the rid of d0; only partitions of one device share a requester id: write "
	 "mdev m0 parent=d0"},
	{D0 VF1 "device d2 rid=00:01.2 vf-of=d1\n",
	 "t:3: d1 is a VF itself and has no VFs; vf-of=d0, its PF, gives one more"},
	{D0 "device d1 rid=00:01.1 vf-of=d1\n",
	 "t:2: d1 is a VF of itself; name its PF, a device above"},
	{"device d0 rid=00:01.0 vf-of=d0\n", "t:1: d0 is a VF of itself"},
	{D0 "device d1 rid=00:01.1 vf-of=d2\n",
	 "t:2: vf-of=d2: no device line above for d2; a PF comes before its VFs: declare it "
	 "first"},
	{D0 "device d1 rid=00:01.1 vf-of=m0\n", "t:2: vf-of=m0 is no device; vf-of=d0 for example"},
	{D0 "device d1 rid=00:01.1 vf-of=d0 vf-of=d0\n",
	 "t:2: vf-of is given twice; a VF has one PF"},
	{D0 "device d1 rid=00:01.1 vf-of=d0 smmu=1\n",
	 "t:2: d1 is behind smmu 1 and its PF d0 behind smmu 0; put both behind the same smmu"},
	{D0 "device d1 rid=00:01.1 vf-of=d0 stall\n",
	 "t:2: d1 is a VF and may stall; what may stall is no PCI function: keep vf-of or stall"},
	{"device d0 rid=00:01.0 stall\n" VF1,
	 "t:2: d1 is a VF of d0, which may stall; what may stall is no PCI function: remove vf-of "
	 "here or stall there"},
	{D0 "device d1 rid=00:01.1 streams=2 vf-of=d0\n",
	 "t:2: d1 is a VF with streams=2; a VF is one requester id: keep vf-of or streams"},
	/* VMs (B-8). */
	{D0 VF1 "vm v0\n", "t:3: v0 has no device; name a VF after it: vm v0 d1 [p4 ...]"},
	{D0 VF1 "vm v0 p4 d1\n", "t:3: v0 has no device; name a VF after it"},
	{D0 VF1 "vm v0 d2\n", "t:3: d2 has no device line above; declare it first"},
	{D0 D1 "vm v0 d1\n",
	 "t:3: d1 is no VF; a VM gets a function with a requester id of its own: add vf-of=dN to "
	 "its device line"},
	{D0 VF1 "vm v1 d1\n", "t:3: VMs are numbered in order; the next one is v0"},
	{D0 VF1 "vm\n", "t:3: VMs are numbered in order; the next one is v0"},
	{D0 VF1 VF2 "vm v0 d1\nvm v0 d2\n", "t:5: VMs are numbered in order; the next one is v1"},
	{D0 VF1 VF2 "vm v0 d1\nvm v1 d2\nvm v2 d1\n", "t:6: more than 2 VMs; remove one"},
	{D0 VF1 "vm v0 d1\nvm v1 d1\n",
	 "t:4: d1 is v0's already; a function belongs to one VM: give v1 another VF"},
	{D0 VF1 VF2 "vm v0 d1 d2\n",
	 "t:4: 'd2' is a second device; a VM starts with one, `assign` gives it more"},
	{D0 VF1 "vm v0 d1 p8\n", "t:3: 'p8' is no process; p0..p7"},
	{D0 VF1 "vm v0 d1 p4 p4\n", "t:3: p4 is named twice; keep one"},
	{D0 VF1 VF2 "vm v0 d1 p4\nvm v1 d2 p5 p4\n",
	 "t:5: p4 is v0's already; a process lives on the host or in one VM: name it once"},
	{D0 VF1 "process p0 p4\nvm v0 d1 p4\n",
	 "t:4: p4 is the host's already; a process lives on the host or in one VM: name it once"},
	{D0 VF1 "vm v0 d1 p4\nprocess p0 p4\n",
	 "t:4: p4 is v0's already; a process lives on the host or in one VM: name it once"},
	{D0 VF1 "domain A d0 d1\nvm v0 d1\n",
	 "t:3: d1 is v0's and in no domain of the host; leave it out here"},
	{D0 VF1 "vm v0 d1\ndomain A d0\ndomain B d1\nspawn p0\n",
	 "t:5: d1 is v0's and in no domain of the host; leave it out here"},
	{D0 "device d1 rid=00:01.1 vf-of=d0 group=0\nvm v0 d1\n\ndomain A d0\n",
	 "t:3: d1 is v0's and d0 is in its group 0; a VM gets whole groups of one function: give "
	 "each a group of its own"},
	{D0 VF1 "vm v0 d1\ndevice d2 rid=00:02.0 group=1\n",
	 "t:3: d1 is v0's and d2 is in its group 1; a VM gets whole groups of one function"},
	{D0 "device d1 rid=00:01.1 vf-of=d0 group=none\nvm v0 d1\n",
	 "t:3: d1 has group=none and cannot be v0's; give it a group"},
	/* Two guests below one requester id (B-7). */
	{"two-guests-per-rid\n" D0,
	 "t:1: nothing to permit: 'two-guests-per-rid' needs two vm lines and two mdev lines of "
	 "one parent without own-mmu; add them or remove it"},
	{D0 VF1 MDEVS "two-guests-per-rid\nvm v0 d1\n", "t:5: nothing to permit"},
	{D0 VF1 VF2 "mdev m0 parent=d0\nmdev m1 parent=d1\nvm v0 d1\nvm v1 d2\n"
		    "two-guests-per-rid\nspawn p0\n",
	 "t:8: nothing to permit"},
	{D0 VF1 VF2 "mdev m0 parent=d0\nmdev m1 parent=d0 own-mmu\nvm v0 d1\nvm v1 d2\n"
		    "two-guests-per-rid\n",
	 "t:8: nothing to permit"},
	{"two-guests-per-rid\ntwo-guests-per-rid\n",
	 "t:2: a second 'two-guests-per-rid' line; keep one"},
	{"two-guests-per-rid m0\n", "t:1: 'two-guests-per-rid' stands alone on its line"},
	/* Ops. */
	{D0 "mdev-bind m0 p0\n", "t:2: m0: no mdev line in the header; declare it first"},
	{D0 MDEVS "mdev-bind m2 p0\n", "t:4: m2 is not declared; the header has 2, from m0 on"},
	{D0 MDEVS "mdev-bind d0 p0\n", "t:4: 'd0' is no partition; m0 .. m3 with an mdev line"},
	{D0 "vm-start v0\n", "t:2: v0: no vm line in the header; declare it first"},
	{D0 VF1 "vm v0 d1\nvm-start v1\n", "t:4: v1 is not declared; the header has 1, from v0 on"},
	{D0 VF1 "vm v0 d1\nassign d1 v0\n", "t:4: 'd1' is no VM; v0 .. v1 with a vm line"},
	{D0 MDEVS "submit m0 p0 pasid=256 0x10000 read\n", "t:4: pasid=256 is out of range"},
	{D0 VF1 "vm v0 d1\nguest-inv v0 d1 pasid=16 0x10000\n",
	 "t:4: d1 cannot send pasid=16 with pasid-bits=4; 0..15"},
	{D0 "mdevs m0 parent=d0\n", "t:2: unknown op 'mdevs'; did you mean 'mdev'?"},
};

static void what_cannot_exist_is_refused_with_place_and_remedy(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		const struct bad_text *bad = &bad_texts[i];
		struct error error = {0};

		if (trace_parse(&trace, "t", bad->source, strlen(bad->source), &error))
			fail_msg("accepted: %s", bad->source);
		if (strncmp(error.text, bad->message, strlen(bad->message)) != 0)
			fail_msg("expected \"%s\", got \"%s\"", bad->message, error.text);
	}
}

static void bytes_of_another_version_are_named(void **state)
{
	static const char *const magic[] = {"SVT1", "SVT2", "SVT4"};
	char message[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(magic); i++) {
		struct error error = {0};

		memset(data, 0, sizeof(data));
		memcpy(data, magic[i], 4);
		assert_false(trace_is_binary(data, TRACE_HEADER_BYTES));
		assert_false(
			trace_parse(&trace, "t", (const char *)data, TRACE_HEADER_BYTES, &error));
		snprintf(message, sizeof(message),
			 "t:1: a binary trace of another format version (%s); this program reads "
			 "SVT3: convert it with the version that wrote it",
			 magic[i]);
		assert_string_equal(error.text, message);
	}
}

/* A header that text can say is what its bytes say, and normalisation has nothing to do. */
static void valid_topologies_survive_text_and_bytes(void **state)
{
	unsigned mdevs = 0, vms = 0, vfs = 0, shared = 0, own_mmu = 0, i, d;
	uint64_t seed = 21;

	(void)state;
	for (i = 0; i < 20000; i++) {
		const struct trace_header *h = &trace.header;
		struct error error = {0};
		size_t size;

		gen_trace(&seed, &trace, i % 3);
		mdevs += h->num_mdevs > 1;
		vms += h->num_vms > 1;
		shared += h->shared_rid;
		own_mmu += h->mdev[0].own_mmu;
		for (d = 0; d < h->num_devices; d++)
			vfs += h->device[d].vf_of != 0;
		size = trace_format(&trace, text, sizeof(text));
		if (!trace_parse(&again, "t", text, size, &error))
			fail_msg("%s\n%s", error.text, text);
		if (!same_trace(&trace, &again))
			fail_msg("differs after: %s", text);
		trace_decode(&again, data, trace_encode(&trace, data, sizeof(data)));
		if (!same_trace(&trace, &again))
			fail_msg("differs after its bytes: %s", text);
	}
	/* All of them were met. */
	assert_true(mdevs > 1000 && vms > 200 && vfs > 1000 && shared > 20 && own_mmu > 100);
}

/* Shared functions show now and then; two guests below one requester id are never met by chance. */
static void random_bytes_mostly_give_plain_topologies(void **state)
{
	enum { ROUNDS = 20000 };
	unsigned mdevs = 0, vms = 0, vfs = 0, shared = 0, plain = 0, i, d;
	uint64_t seed = 22;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const struct trace_header *h = &trace.header;
		bool has_vf = false;

		trace_decode(&trace, data, gen_bytes(&seed, data, TRACE_HEADER_BYTES));
		for (d = 0; d < h->num_devices; d++)
			has_vf |= h->device[d].vf_of != 0;
		mdevs += h->num_mdevs != 0;
		vms += h->num_vms != 0;
		vfs += has_vf;
		shared += h->shared_rid;
		plain += !h->num_mdevs && !h->num_vms && !has_vf;
	}
	assert_in_range(mdevs, ROUNDS / 8, ROUNDS / 4);
	assert_in_range(vfs, ROUNDS / 8, ROUNDS / 3);
	assert_in_range(vms, ROUNDS / 50, ROUNDS / 12);
	assert_true(plain > ROUNDS / 2);
	assert_true(shared < ROUNDS / 2000);
}

static void one_byte_adds_a_useful_partition_vf_or_vm(void **state)
{
	static const struct trace_header *const h = &trace.header;
	const size_t header = 4;

	(void)state;
	memset(data, 0, sizeof(data));
	data[header + offsetof(struct trace_header, num_mdevs)] = 2;
	trace_decode(&trace, data, TRACE_HEADER_BYTES);
	assert_int_equal(h->num_mdevs, 2);
	assert_true(!h->mdev[0].parent && !h->mdev[1].parent && !h->mdev[0].own_mmu);
	/* A VM needs a VF, */
	data[header + offsetof(struct trace_header, num_vms)] = 1;
	trace_decode(&trace, data, TRACE_HEADER_BYTES);
	assert_int_equal(h->num_vms, 0);
	/* which is a byte of its own. */
	data[header + offsetof(struct trace_header, device[2].vf_of)] = 1;
	trace_decode(&trace, data, TRACE_HEADER_BYTES);
	assert_int_equal(h->num_vms, 1);
	assert_int_equal(h->vm[0].device, 2);
	assert_int_equal(h->vm[0].processes, 0x30);
	assert_int_equal(h->device[2].domain, TRACE_NONE);
	assert_int_equal(h->processes, 0x03);
}

static struct trace_header header_of(const char *source)
{
	parse(source);
	return trace.header;
}

static void a_vf_has_an_earlier_pf_behind_its_smmu(void **state)
{
	struct trace_header header = header_of(D0 VF1 VF2);

	(void)state;
	/* A VF of a VF, of itself, of a later device. */
	header.device[2].vf_of = 2;
	trace_normalize_header(&header);
	assert_int_equal(header.device[2].vf_of, 0);
	header.device[1].vf_of = 2;
	trace_normalize_header(&header);
	assert_int_equal(header.device[1].vf_of, 0);
	/* It does not stall, has one stream, and moves to its PF's SMMU. */
	header = header_of(D0 VF1 VF2);
	header.device[1].stall = 1;
	header.device[1].streams = 2;
	header.device[1].smmu = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.device[1].vf_of, 1);
	assert_int_equal(header.device[1].stall, 0);
	assert_int_equal(header.device[1].streams, 1);
	assert_int_equal(header.device[1].smmu, 0);
	/* But in a group it is where the group is. */
	header = header_of(D0 "device d1 rid=00:02.0 smmu=1\n" VF2);
	header.device[2].group = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.device[2].smmu, 1);
	assert_int_equal(header.device[2].vf_of, 0);
}

static void a_vm_gets_a_vf_that_is_left_alone(void **state)
{
	struct trace_header header = header_of(D0 VF1 VF2 "device d3 rid=00:04.0\n"
							  "vm v0 d1 p4\nvm v1 d2 p5\n"
							  "process p0\n");

	(void)state;
	/* Both want one; the second takes what is left, and processes have one home. */
	header.vm[1].device = 1;
	header.vm[1].processes = 0x31;
	trace_normalize_header(&header);
	assert_int_equal(header.vm[0].device, 1);
	assert_int_equal(header.vm[1].device, 2);
	assert_int_equal(header.vm[1].processes, 0x21);
	assert_int_equal(header.processes, 0);
	/* Without a VF that is left there is one VM less. */
	header.device[2].vf_of = 0;
	trace_normalize_header(&header);
	assert_int_equal(header.num_vms, 1);
	assert_int_equal(header.vm[1].processes, 0);
	/* It leaves a group, and who is in the one of its number makes way. */
	header.device[1].group = 0;
	header.device[3].group = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.device[1].group, 1);
	assert_int_equal(header.device[3].group, 3);
	/* A group of another number that nobody else is in stays. */
	header.device[1].group = 2;
	header.device[2].group = 0;
	trace_normalize_header(&header);
	assert_int_equal(header.device[1].group, 2);
	header.device[1].domain = 0;
	header.device[1].sva = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.device[1].domain, TRACE_NONE);
	assert_int_equal(header.device[1].sva, 0);
}

static void who_makes_way_for_one_vm_does_not_disturb_the_other(void **state)
{
	struct trace_header header = header_of(D0 "device d1 rid=00:01.1 vf-of=d0 group=2\n"
						  "device d2 rid=00:01.2 vf-of=d0 group=0\n"
						  "device d3 rid=00:01.3 vf-of=d0\n");

	(void)state;
	header.num_vms = 2;
	header.vm[0].device = 1;
	header.vm[1].device = 3;
	header.device[2].group = 3;
	trace_normalize_header(&header);
	/* d2 leaves group 3 to d3 and comes into group 2, which d1 leaves. */
	assert_int_equal(header.device[2].group, 2);
	assert_int_equal(header.device[1].group, 1);
	assert_int_equal(header.device[3].group, 3);
}

static void two_guests_per_rid_need_two_guests_and_a_rid(void **state)
{
	static const char source[] = D0 VF1 VF2 MDEVS "vm v0 d1\nvm v1 d2\ntwo-guests-per-rid\n";
	struct trace_header header = header_of(source);

	(void)state;
	assert_int_equal(header.shared_rid, 1);
	header.mdev[1].parent = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.shared_rid, 0);
	header = header_of(source);
	header.num_vms = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.shared_rid, 0);
	header = header_of(source);
	header.shared_rid = 3;
	trace_normalize_header(&header);
	assert_int_equal(header.shared_rid, 0);
}

static void ops_without_their_object_change_nothing(void **state)
{
	struct trace_header plain = header_of(D0 "domain A d0\n");
	struct trace_header mdevs = header_of(D0 MDEVS);
	unsigned code;

	(void)state;
	for (code = TRACE_OP_MDEV_BIND; code <= TRACE_OP_GUEST_INV; code++) {
		struct trace_op op = {.code = (uint8_t)code, .pages = 1, .line = 9};

		if (code == TRACE_OP_UNASSIGN || code == TRACE_OP_GUEST_BIND)
			continue;
		trace_normalize_op(&plain, &op);
		assert_int_equal(op.code, TRACE_OP_TLBI);
		assert_int_equal(op.pages, 0);
		assert_int_equal(op.line, 9);
	}
	/* Partitions, but no domain and no VM. */
	assert_int_equal(mdevs.num_mdevs, 2);
	for (code = TRACE_OP_MDEV_BIND; code <= TRACE_OP_SUBMIT; code++) {
		struct trace_op op = {.code = (uint8_t)code, .device = 3};

		trace_normalize_op(&mdevs, &op);
		assert_int_equal(op.code, code == TRACE_OP_MDEV_ATTACH ? TRACE_OP_TLBI : code);
		assert_int_equal(op.device, code != TRACE_OP_MDEV_ATTACH);
	}
}

/* What a user writes has nothing to do with the bits of any device. */
static void a_written_pasid_is_any_byte(void **state)
{
	struct trace_header header = header_of("device d0 rid=00:01.0 pasid-bits=0\n" MDEVS);
	struct trace_op op = {.code = TRACE_OP_SUBMIT, .pasid = 0xf3, .has_pasid = 1};

	(void)state;
	trace_normalize_op(&header, &op);
	assert_int_equal(op.pasid, 0xf3);
	assert_int_equal(op.has_pasid, 1);
	op.has_pasid = 0;
	trace_normalize_op(&header, &op);
	assert_int_equal(op.pasid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_has_a_canonical_form_and_place),
		cmocka_unit_test(a_vf_behind_the_second_smmu_names_it),
		cmocka_unit_test(what_cannot_exist_is_refused_with_place_and_remedy),
		cmocka_unit_test(bytes_of_another_version_are_named),
		cmocka_unit_test(valid_topologies_survive_text_and_bytes),
		cmocka_unit_test(random_bytes_mostly_give_plain_topologies),
		cmocka_unit_test(one_byte_adds_a_useful_partition_vf_or_vm),
		cmocka_unit_test(a_vf_has_an_earlier_pf_behind_its_smmu),
		cmocka_unit_test(a_vm_gets_a_vf_that_is_left_alone),
		cmocka_unit_test(who_makes_way_for_one_vm_does_not_disturb_the_other),
		cmocka_unit_test(two_guests_per_rid_need_two_guests_and_a_rid),
		cmocka_unit_test(ops_without_their_object_change_nothing),
		cmocka_unit_test(a_written_pasid_is_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
