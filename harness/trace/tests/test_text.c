/* SPDX-License-Identifier: MIT */
/*
 * Contract: trace_parse() takes what the language says and refuses everything else with place,
 * fault and remedy; trace_format() writes one canonical text that parses to the same trace.
 * Run: ctest -R test_text, or the program itself.
 */
#include "gen.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct trace trace, again;
static char text[TRACE_TEXT_MAX], text_again[TRACE_TEXT_MAX];

/* One that stands alone for every header feature. */
#define HEADER                                                                                     \
	"policy  io_mm\n"                                                                          \
	"smmu    ssid-bits=4 ats\n"                                                                \
	"device  d0 rid=00:01.0 pasid-bits=4 ats\n"                                                \
	"device  d1 rid=00:02.0 pasid-bits=0\n"                                                    \
	"domain  A d0\n"                                                                           \
	"process p0\n"                                                                             \
	"\n"

/* The same with partitions, VFs and VMs. */
#define SHARED                                                                                     \
	"policy  io_mm\n"                                                                          \
	"smmu    ssid-bits=4 ats\n"                                                                \
	"device  d0 rid=00:01.0 pasid-bits=4 ats\n"                                                \
	"device  d1 rid=00:02.0 pasid-bits=0\n"                                                    \
	"device  d2 rid=00:01.1 pasid-bits=4 ats vf-of=d0\n"                                       \
	"device  d3 rid=00:01.2 pasid-bits=4 vf-of=d0\n"                                           \
	"mdev    m0 parent=d0\n"                                                                   \
	"mdev    m1 parent=d0\n"                                                                   \
	"domain  A d0\n"                                                                           \
	"vm      v0 d2 p4 p5\n"                                                                    \
	"vm      v1 d3\n"                                                                          \
	"process p0\n"                                                                             \
	"\n"

static void parse(const char *source)
{
	struct error error = {0};

	if (!trace_parse(&trace, "t", source, strlen(source), &error))
		fail_msg("%s", error.text);
}

static void expect_text(const char *source, const char *canonical)
{
	size_t size;

	parse(source);
	size = trace_format(&trace, text, sizeof(text));
	assert_string_equal(text, canonical);
	assert_int_equal(size, strlen(canonical));
}

static void the_trace_of_the_design_reads_as_written(void **state)
{
	static const char source[] =
		"# A-33: a sibling that never bound shares the domain's PASID table, so it is owed "
		"the invalidation too\n"
		"policy  io_mm\n"
		"smmu    ssid-bits=4 ats\n"
		"device  d0 rid=00:01.0 pasid-bits=4 ats\n"
		"device  d1 rid=00:02.0 pasid-bits=4 ats\n"
		"domain  A d0 d1\n"
		"process p0\n"
		"\n"
		"mmap    p0 0x10000 pages=2 rw\n"
		"bind    d0 p0                     => pasid 1\n"
		"dma     d1 pasid=1 0x10000 write  => ok\n"
		"munmap  p0 0x10000 pages=1\n"
		"dma     d1 pasid=1 0x10000 read   => fault translation\n";

	(void)state;
	parse(source);
	assert_int_equal(trace.header.num_devices, 2);
	assert_int_equal(trace.header.device[1].domain, 0);
	assert_int_equal(trace.header.device[1].sva, 1);
	assert_int_equal(trace.num_ops, 5);
	assert_int_equal(trace.op[1].code, TRACE_OP_BIND);
	assert_int_equal(trace.op[1].pin.kind, TRACE_PIN_PASID);
	assert_int_equal(trace.op[1].pin.value, 1);
	assert_int_equal(trace.op[1].line, 10);
	assert_int_equal(trace.op[4].device, 1);
	assert_int_equal(trace.op[4].has_pasid, 1);
	assert_int_equal(trace.op[4].pin.kind, TRACE_PIN_TRANSLATION);
}

static void canonical_text_leaves_out_comments_and_defaults(void **state)
{
	(void)state;
	expect_text("# why\n"
		    "policy io_mm # the one there is\r\n"
		    "smmu two-level-cd ats asid-bits=16 two-level-strtab\n"
		    "device d0 ats group=0 rid=0:1.0\n"
		    "domain A d0\n"
		    "process p1 p0\n"
		    "mmap p0 0x10000 w pages=1\n"
		    "bind d0 p0 features=0 => ok\n"
		    "munmap pages=1 p0 0x10000 # gone",
		    "policy  io_mm\n"
		    "smmu    ssid-bits=4 ats two-level-strtab two-level-cd\n"
		    "device  d0 rid=00:01.0 pasid-bits=4 ats\n"
		    "domain  A d0\n"
		    "process p0 p1\n"
		    "\n"
		    "mmap    p0 0x10000 rw\n"
		    "bind    d0 p0                     => ok\n"
		    "munmap  p0 0x10000\n");
}

static void every_header_feature_has_a_canonical_line(void **state)
{
	static const char source[] = "policy  io_mm linux-6.1 linux-6.12\n"
				     "misuse\n"
				     "smmu    ssid-bits=8 asid-bits=8 ats two-level-cd stall-force "
				     "msi range-inv el2\n"
				     "device  d0 rid=00:1f.7 pasid-bits=8 ats group=3 uninit\n"
				     "device  d1 rid=00:00.0 pasid-bits=0 group=none\n"
				     "device  d2 rid=00:0a.1 pasid-bits=4 stall streams=2 smmu=1\n"
				     "device  d3 rid=00:0a.2 pasid-bits=1 ats smmu=1 group=2\n"
				     "domain  A\n"
				     "domain  B identity d0\n"
				     "domain  C d2 d3\n";

	(void)state;
	expect_text(source, source);
	assert_int_equal(trace.header.device[0].sva, 0);
	assert_int_equal(trace.header.device[1].group, TRACE_NONE);
	assert_int_equal(trace.header.device[1].sva, 0);
	assert_int_equal(trace.header.device[3].group, 2);
	assert_int_equal(trace.header.domain_type[1], TRACE_DOMAIN_IDENTITY);
	assert_int_equal(trace.header.policies, 7);
	assert_int_equal(trace.header.stall, TRACE_STALL_FORCE);
	assert_true(trace.header.msi && trace.header.range_inv && trace.header.el2);
	assert_int_equal(trace.header.device[2].stall, 1);
	assert_int_equal(trace.header.device[2].streams, 2);
	assert_int_equal(trace.header.device[3].streams, 1);
	assert_int_equal(trace.header.device[1].smmu, 0);
	assert_int_equal(trace.header.device[2].smmu, 1);
	assert_int_equal(trace.header.processes, 0);
}

static void a_header_left_to_defaults_is_the_documented_one(void **state)
{
	(void)state;
	parse("device d0 rid=00:01.0");
	assert_int_equal(trace.header.ssid_bits, 4);
	assert_int_equal(trace.header.asid_bits, 16);
	assert_int_equal(trace.header.ats, 0);
	assert_int_equal(trace.header.two_level_strtab, 0);
	assert_int_equal(trace.header.policies, 1 << TRACE_POLICY_IO_MM);
	assert_int_equal(trace.header.stall, TRACE_STALL_NONE);
	assert_true(!trace.header.msi && !trace.header.range_inv && !trace.header.el2);
	assert_int_equal(trace.header.default_dma, 0);
	assert_int_equal(trace.header.device[0].stall, 0);
	assert_int_equal(trace.header.device[0].streams, 1);
	assert_int_equal(trace.header.device[0].smmu, 0);
	assert_int_equal(trace.header.device[0].pasid_bits, 4);
	assert_int_equal(trace.header.device[0].group, 0);
	assert_int_equal(trace.header.device[0].domain, TRACE_NONE);
}

static void default_domains_translate_by_a_word_of_the_smmu(void **state)
{
	(void)state;
	expect_text("policy linux-6.1\n"
		    "smmu default-dma el2 ssid-bits=4\n"
		    "device d0 rid=00:01.0\n"
		    "domain A d0\n",
		    "policy  linux-6.1\n"
		    "smmu    ssid-bits=4 el2 default-dma\n"
		    "device  d0 rid=00:01.0 pasid-bits=4\n"
		    "domain  A d0\n");
	assert_int_equal(trace.header.default_dma, 1);
}

static void policies_have_one_order_and_their_names(void **state)
{
	unsigned i;

	(void)state;
	expect_text("policy linux-6.12 linux-6.1\n"
		    "smmu el2 stall ats\n"
		    "device d0 rid=00:01.0 streams=1\n"
		    "enable d0 iopf\n",
		    "policy  linux-6.1 linux-6.12\n"
		    "smmu    ssid-bits=4 ats stall el2\n"
		    "device  d0 rid=00:01.0 pasid-bits=4\n"
		    "\n"
		    "enable  d0 iopf\n");
	for (i = 0; i < TRACE_NUM_POLICIES; i++)
		assert_int_equal(trace_policy_find(trace_policy_name[i]), i);
	assert_int_equal(trace_policy_find("linux"), TRACE_NUM_POLICIES);
}

static void every_op_and_pin_of_the_vocabulary_is_canonical(void **state)
{
	static const char ops[] = SHARED "init    d0 features=0x1 min=2 max=9\n"
					 "shutdown d0\n"
					 "attach  d0 A                      => -EBUSY\n"
					 "detach  d0\n"
					 "unplug  d0\n"
					 "map     A 0x1fc000 pages=8 r\n"
					 "unmap   A 0x1fc000 pages=3        => 3 pages\n"
					 "bind    d0 p7 features=0x80 no-pasid-pointer => -EINVAL\n"
					 "unbind  d0 pasid=0                => -ESRCH\n"
					 "unbind-all d0                     => skipped\n"
					 "spawn   p2\n"
					 "fork    p0 p3\n"
					 "thread  p0 p4\n"
					 "clone-vm p0 p5\n"
					 "exec    p0\n"
					 "exit    p0\n"
					 "exit-group p0\n"
					 "read    p0 0x3fffc000             => -errno 200\n"
					 "write   p0 0x7fffffc000           => -EFAULT\n"
					 "mmap    p0 0x10000 rw\n"
					 "munmap  p0 0x17000\n"
					 "mprotect p0 0x10000 pages=8 r\n"
					 "mremap  p0 0x10000 to=0x10000\n"
					 "migrate p0 0x10000\n"
					 "swap-out p0 0x10000\n"
					 "dma     d0 0x10000 read           => fault permission\n"
					 "dma     d0 pasid=0 0x10000 write  => fault pasid\n"
					 "dma     d1 0x10000 write          => abort\n"
					 "dma     d1 0x10000 write          => bus\n"
					 "ats     d0 pasid=15 0x10000       => ats rw\n"
					 "ats     d0 0x10000                => ats none\n"
					 "ats     d0 0x10000                => ats r\n"
					 "tlbi    d0\n"
					 "cfgi    d0\n"
					 "atc-inv d0 pasid=1 0x10000 pages=2\n"
					 "prefetch d0 0x10000\n"
					 "bad-command opcode=0xff\n"
					 "fail-alloc nth=1                  => pasid 255\n"
					 "plug    d0\n"
					 "vfs-off d0\n"
					 "vfs-on  d0                        => -EBUSY\n"
					 "mdev-bind m1 p0                   => pasid 1\n"
					 "mdev-unbind m0 pasid=1\n"
					 "mdev-close m0                     => 2 pages\n"
					 "mdev-map m0 0x10000 pages=2 rw\n"
					 "mdev-unmap m1 0x10000             => -EPERM\n"
					 "mdev-attach m0 A\n"
					 "user-bind m0 p0                   => -ENODEV\n"
					 "submit  m0 p0 0x10000 write       => ok\n"
					 "submit  m1 p0 pasid=0 0x10000 read\n"
					 "submit  m1 p1 pasid=255 0x10000 read => -EPERM\n"
					 "vm-start v0\n"
					 "vm-destroy v1\n"
					 "assign  v0 d2\n"
					 "unassign d2\n"
					 "assign-mdev v1 m1\n"
					 "unassign-mdev m1\n"
					 "guest-spawn v1 p6\n"
					 "guest-bind d2 p4                  => pasid 1\n"
					 "guest-unbind v0 d2 pasid=1\n"
					 "guest-inv v1 d3 pasid=15 0x10000 pages=8\n"
					 "guest-inv v0 d2 0x10000\n"
					 "enable  d0 sva\n"
					 "disable d0 iopf                   => -EINVAL\n"
					 "attach-pasid d0 A pasid=3\n"
					 "detach-pasid d0 pasid=3           => ok\n"
					 "claim   d1\n"
					 "release d1\n"
					 "power-off d0\n";
	bool seen[TRACE_NUM_OPS] = {false};
	unsigned i;

	(void)state;
	expect_text(ops, ops);
	for (i = 0; i < trace.num_ops; i++)
		seen[trace.op[i].code] = true;
	for (i = 0; i < TRACE_NUM_OPS; i++) {
		if (!seen[i])
			fail_msg("no line for '%s'", trace_op_info[i].text);
	}
}

static void one_page_may_be_singular(void **state)
{
	(void)state;
	parse(HEADER "unmap A 0x10000 => 1 page");
	assert_int_equal(trace.op[0].pin.kind, TRACE_PIN_VALUE);
	assert_int_equal(trace.op[0].pin.value, 1);
}

/* What is wrong with a text, and a piece of the message that says so (with its place). */
static const struct bad_text {
	const char *source;
	const char *message;
} bad_texts[] = {
	{"", "t:1: no device line above; add"},
	{"# nothing\n\n", "t:2: no device line"},
	{"bind d0 p0\n", "t:1: no device line"},
	{"policy\n", "t:1: 'policy' takes one name or more; io_mm linux-6.1 linux-6.12"},
	{"policy linux\n", "t:1: unknown policy 'linux'; io_mm linux-6.1 linux-6.12"},
	{"policy io_mm linux-6.1 io_mm\n", "t:1: policy io_mm is named twice; keep one"},
	{"policy io_mm\npolicy io_mm\n", "t:2: a second 'policy' line"},
	{"misuse please\n", "t:1: 'misuse' stands alone"},
	{"misuse\nmisuse\n", "t:2: a second 'misuse'"},
	{"smmu\nsmmu\n", "t:2: a second 'smmu'"},
	{"smmu ssid-bits=9\n", "t:1: ssid-bits=9 is out of range; 0..8"},
	{"smmu ssid-bits=\n", "t:1: ssid-bits= is out of range"},
	{"smmu asid-bits=12\n", "t:1: asid-bits=12; 8 or 16"},
	{"smmu pri\n", "t:1: unknown smmu property 'pri'; ssid-bits=N"},
	{"smmu stall stall-force\n", "t:1: both stall and stall-force; keep one"},
	{"device d0 rid=00:01.0 stall ats\n", "t:1: d0 has stall and ats; what may stall"},
	{"device d0 rid=00:01.0 streams=3\n", "t:1: streams=3 is out of range; 1..2"},
	{"device d0 rid=00:01.0\ndevice d1 rid=00:02.0 smmu=2\n",
	 "t:2: smmu=2 is out of range; 0..1"},
	{"device d0 rid=00:01.0 smmu=1\n", "t:1: d0 has smmu=1; the first device is behind smmu 0"},
	{"device d0 rid=00:01.0\ndevice d1 rid=00:02.0 group=0 smmu=1\n",
	 "t:2: d0 and d1 are both in group 0; put both behind the same smmu"},
	{"device d1 rid=00:01.0\n", "t:1: devices are numbered in order; the next one is d0"},
	{"device\n", "the next one is d0"},
	{"device d0\n", "t:1: d0 has no rid; add rid=00:01.0"},
	{"device d0 rid=01:01.0\n", "t:1: rid=01:01.0; 00:DD.F"},
	{"device d0 rid=00:20.0\n", "rid=00:20.0; 00:DD.F"},
	{"device d0 rid=00:01.8\n", "rid=00:01.8; 00:DD.F"},
	{"device d0 rid=00:+1.0\n", "rid=00:+1.0; 00:DD.F"},
	{"device d0 rid=00:01.0.0\n", "rid=00:01.0.0; 00:DD.F"},
	{"device d0 rid=\n", "rid=; 00:DD.F"},
	{"device d0 rid=00:1.0\ndevice d1 rid=00:01.0\n",
	 "t:2: d1 has the rid of d0; only partitions of one device share a requester id: write "
	 "mdev m0 parent=d0"},
	{"device d0 rid=00:01.0 pasid-bits=20\n", "pasid-bits=20 is out of range; 0..8"},
	{"device d0 rid=00:01.0 group=4\n", "group=4; 0..3 or none"},
	{"device d0 rid=00:01.0 pri\n", "unknown device property 'pri'; rid="},
	{"device d0 rid=00:01.0\ndevice d1 rid=00:02.0\ndevice d2 rid=00:03.0\n"
	 "device d3 rid=00:04.0\ndevice d4 rid=00:05.0\n",
	 "t:5: more than 4 devices"},
	{"device d0 rid=00:01.0\ndomain B d0\n",
	 "t:2: domains are named in order; the next one is A"},
	{"domain\n", "the next one is A"},
	{"domain A d0\n", "t:1: d0 has no device line above; declare it first"},
	{"domain A dev0\n", "t:1: 'dev0' in a domain line; devices"},
	{"device d0 rid=00:01.0\ndomain A d0\ndomain B d0\n", "t:3: d0 is in domain A already"},
	{"device d0 rid=00:01.0 group=none\ndomain A d0\n",
	 "d0 has group=none and joins no domain"},
	{"domain A\ndomain B\ndomain C\ndomain D\ndomain E\n", "t:5: more than 4 domains"},
	{"smmu default-dma\ndevice d0 rid=00:01.0\ndomain A d0\ndomain B identity\n",
	 "t:4: domain B is identity, and default-dma"},
	{"device d0 rid=00:01.0\ndevice d1 rid=00:02.0 group=0\ndomain A d0\nspawn p0\n",
	 "t:3: d0 and d1 are both in group 0; list both"},
	{"device d0 rid=00:01.0\ndevice d1 rid=00:02.0 group=0\ndomain A d1\ndomain B d0\n",
	 "t:4: d0 and d1 are both in group 0"},
	{"process\n", "t:1: no process named; process p0"},
	{"process p8\n", "t:1: 'p8' is no process; p0..p7"},
	{"process p0\nprocess p1\n", "t:2: a second 'process'"},
	{HEADER "smmu ats\n", "t:8: a second 'smmu'"},
	{HEADER "spawn p1\ndomain B\n", "t:9: header line 'domain' after the first op; move it"},
	{HEADER "mmpa p0 0x10000 rw\n", "t:8: unknown op 'mmpa'; did you mean 'mmap'?"},
	{HEADER "devise d2\n", "unknown op 'devise'; did you mean 'device'?"},
	{HEADER "teleport d0\n", "unknown op 'teleport'; `svafuzz ops` lists them"},
	{HEADER "\n\nbind d2 p0\n", "t:10: d2 is not declared; the header has 2, from d0 on"},
	{HEADER "bind p0 d0\n", "'p0' is no device; d0 .. d1"},
	{HEADER "bind d0 p8\n", "'p8' is no process; p0..p7"},
	{HEADER "attach d0 B\n", "B is not declared; the header has 1, from A on"},
	{HEADER "attach d0 E\n", "'E' is no domain; A .. D"},
	{"device d0 rid=00:01.0\nattach d0 A\n", "A: no domain line in the header; declare it"},
	{HEADER "bind d0\n", "missing operand 'pN'; bind dN pN [features=0xN] [no-pasid-pointer]"},
	{HEADER "bind d0 p0 pasid=3\n", "unknown operand 'pasid=3'; bind dN pN"},
	{HEADER "bind d0 p0 p1\n", "unknown operand 'p1'; bind dN pN"},
	{HEADER "bind d0 p0 features=0x100\n", "features=0x100 is out of range; 0x0..0xff"},
	{HEADER "bind d0 p0 features=1 features=2\n", "operand given twice 'features=2'"},
	{HEADER "unbind d0\n", "missing operand 'pasid=N'; unbind dN pasid=N"},
	{HEADER "unbind d0 pasid=256\n", "pasid=256 is out of range; 0..255"},
	{HEADER "unbind d0 pasid=-1\n", "pasid=-1 is out of range"},
	{HEADER "unbind d0 pasid=0x\n", "pasid=0x is out of range"},
	{HEADER "unbind d0 pasid=18446744073709551617\n", "is out of range; 0..255"},
	{HEADER "dma d0 pasid=16 0x10000 read\n",
	 "d0 cannot send pasid=16 with pasid-bits=4; 0..15"},
	{HEADER "dma d1 pasid=0 0x10000 read\n", "d1 has pasid-bits=0 and sends no PASID"},
	{HEADER "dma d0 0x10000 sideways\n", "'sideways' is no direction; read or write"},
	{HEADER "enable d0 pri\n", "'pri' is no feature; sva or iopf"},
	{HEADER "enable d0\n", "missing operand 'sva|iopf'; enable dN sva|iopf"},
	{HEADER "attach-pasid d0 pasid=1\n", "missing operand 'A|B|C|D'"},
	{HEADER "dma d0 read\n", "'read' is no address; 0x10000"},
	{HEADER "mmap p0 0x10000 rwx\n", "'rwx' are no rights; r or rw"},
	{HEADER "mmap p0 0x18000 rw\n",
	 "0x18000 is no page of a window; pages (multiples of 0x1000) of 0x10000..0x17fff "
	 "0x1fc000..0x203fff 0x3fffc000..0x40003fff 0x7fffffc000..0x8000003fff"},
	{HEADER "mmap p0 0x10800 rw\n", "0x10800 is no page of a window"},
	{HEADER "mmap p0 0x10000 pages=0 rw\n", "pages=0 is out of range; 1..8"},
	{HEADER "mmap p0 0x10000 pages=9 rw\n", "pages=9 is out of range; 1..8"},
	{HEADER "mmap p0 0x16000 pages=3 rw\n",
	 "pages=3 from 0x16000 leaves the window; at most 2"},
	{HEADER "mremap p0 0x10000\n", "missing operand 'to=0xADDRESS'"},
	{HEADER "fail-alloc nth=33\n", "nth=33 is out of range; 1..32"},
	{HEADER "spawn p1 =>\n", "unknown outcome after =>; ok | pasid N"},
	{HEADER "spawn p1 => fine\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => ok ok\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => -EWHAT\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => -errno 0\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => pasid 256\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => 9 pages\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => fault\n", "unknown outcome after =>"},
	{HEADER "spawn p1 => ats w\n", "unknown outcome after =>"},
	{HEADER "spawn p1 \x01\n", "t:8: byte 0x01; outside comments"},
	{HEADER "spawn p\xc3\xb6\n", "t:8: byte 0xc3; outside comments"},
	{HEADER "spawn a a a a a a a a a a a a a a a a a a a a a a a a a\n", "more than 24 words"},
};

static void bad_text_is_refused_with_place_fault_and_remedy(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		const struct bad_text *bad = &bad_texts[i];
		struct error error = {0};

		if (trace_parse(&trace, "t", bad->source, strlen(bad->source), &error))
			fail_msg("accepted: %s", bad->source);
		if (!error.set || !strstr(error.text, bad->message) || error.text[0] != 't')
			fail_msg("expected \"%s\", got \"%s\"", bad->message, error.text);
	}
}

static void a_nul_byte_and_a_long_line_are_refused(void **state)
{
	static const char nul[] = "device d0 rid=00:01.0\n# comment \0 here\n";
	struct error error = {0}, long_line = {0};
	char line[400];

	(void)state;
	assert_false(trace_parse(&trace, "t", nul, sizeof(nul) - 1, &error));
	assert_non_null(strstr(error.text, "t:2: a NUL byte"));
	memset(line, ' ', sizeof(line));
	memcpy(line, "misuse", 6);
	line[TRACE_LINE_MAX + 1] = '#';
	assert_false(trace_parse(&trace, "t", line, sizeof(line), &long_line));
	assert_non_null(strstr(long_line.text, "t:1: line too long: 161 bytes, at most 160"));
	/* One byte less, and a comment of any length, are good. */
	line[TRACE_LINE_MAX] = '#';
	line[0] = '#';
	assert_false(trace_parse(&trace, "t", line, sizeof(line), &(struct error){0}));
	memcpy(line, "device d0 rid=00:01.0", 21);
	assert_true(trace_parse(&trace, "t", line, sizeof(line), &(struct error){0}));
}

static void a_trace_holds_256_ops_and_no_more(void **state)
{
	struct error error = {0};
	size_t used = (size_t)snprintf(text, sizeof(text), "device d0 rid=00:01.0\n");
	unsigned i;

	(void)state;
	for (i = 0; i < TRACE_MAX_OPS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "tlbi d0\n");
	assert_true(trace_parse(&trace, "t", text, used, &error));
	assert_int_equal(trace.num_ops, TRACE_MAX_OPS);
	used += (size_t)snprintf(text + used, sizeof(text) - used, "tlbi d0\n");
	assert_false(trace_parse(&trace, "t", text, used, &error));
	assert_non_null(strstr(error.text, "t:258: more than 256 ops; split"));
}

static void any_trace_survives_its_text(void **state)
{
	uint64_t seed = 1;
	unsigned i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		struct error error = {0};
		size_t size;

		gen_trace(&seed, &trace, i % 40);
		size = trace_format(&trace, text, sizeof(text));
		if (!trace_parse(&again, "t", text, size, &error))
			fail_msg("%s\n%s", error.text, text);
		if (!same_trace(&trace, &again))
			fail_msg("differs after: %s", text);
		assert_int_equal(trace_format(&again, text_again, sizeof(text_again)), size);
		assert_string_equal(text, text_again);
	}
}

static void the_longest_text_fits_its_bounds(void **state)
{
	uint64_t seed = 7;
	char line[TRACE_LINE_MAX + 1];
	unsigned i, j;

	(void)state;
	for (i = 0; i < 50; i++) {
		gen_trace(&seed, &trace, TRACE_MAX_OPS);
		assert_true(trace_format(&trace, text, sizeof(text)) < TRACE_TEXT_MAX - 1);
		for (j = 0; j < trace.num_ops; j++)
			assert_true(trace_format_op(&trace.header, &trace.op[j], true, line,
						    sizeof(line)) < TRACE_LINE_MAX);
	}
}

static void a_small_buffer_gets_the_beginning_of_the_text(void **state)
{
	char small[32];
	size_t size;

	(void)state;
	parse(HEADER "bind d0 p0 => pasid 1");
	trace_format(&trace, text, sizeof(text));
	for (size = 1; size <= sizeof(small); size++) {
		assert_int_equal(trace_format(&trace, small, size), size - 1);
		assert_memory_equal(small, text, size - 1);
		assert_int_equal(small[size - 1], '\0');
	}
	assert_int_equal(trace_format(&trace, small, 0), 0);
	assert_int_equal(trace_format_op(&trace.header, &trace.op[0], true, small, 10), 9);
	assert_string_equal(small, "bind    d");
	trace_format_op(&trace.header, &trace.op[0], false, small, sizeof(small));
	assert_string_equal(small, "bind    d0 p0");
}

static void errnos_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(trace_errno_name(EEXIST), "-EEXIST");
	assert_string_equal(trace_errno_name(-ENODEV), "-ENODEV");
	assert_string_equal(trace_errno_name(200), "-errno 200");
	assert_string_equal(trace_errno_name(0), "-errno 0");
	assert_string_equal(trace_errno_name(100000), "-errno above 259");
}

static void slots_and_addresses_are_inverse(void **state)
{
	static const uint64_t boundary[] = {0x200000, 0x40000000, 0x8000000000};
	unsigned slot, i;

	(void)state;
	for (slot = 0; slot < TRACE_SPACE_PAGES; slot++) {
		assert_int_equal(trace_va_slot(trace_slot_va(slot)), (int)slot);
		assert_int_equal(trace_va_slot(trace_slot_va(slot) + 1), -1);
	}
	for (i = 0; i < ARRAY_SIZE(boundary); i++)
		assert_int_equal(trace_va_slot(boundary[i]),
				 (int)(TRACE_WINDOW_PAGES * (i + 1) + 4));
	assert_int_equal(trace_va_slot(0), -1);
	assert_int_equal(trace_va_slot(0xf000), -1);
	assert_int_equal(trace_va_slot(0x18000), -1);
	assert_int_equal(trace_va_slot(UINT64_MAX - 0xfff), -1);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void files_are_told_apart_by_content(void **state)
{
	char path[] = "/tmp/trace-test-XXXXXX";
	uint8_t data[TRACE_BINARY_MAX];
	struct error error = {0};
	bool was_text = false;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	parse(HEADER "bind d0 p0 => pasid 1");
	write_file(path, text, trace_format(&trace, text, sizeof(text)));
	assert_true(trace_load(&again, path, &was_text, &error));
	assert_true(was_text);
	assert_true(same_trace(&trace, &again));
	write_file(path, data, trace_encode(&trace, data, sizeof(data)));
	assert_true(trace_load(&again, path, &was_text, &error));
	assert_false(was_text);
	assert_true(same_trace(&trace, &again));
	write_file(path, "spawn p0\n", 9);
	assert_false(trace_load(&again, path, NULL, &error));
	assert_non_null(strstr(error.text, path));
	unlink(path);
	error = (struct error){0};
	assert_false(trace_load(&again, path, &was_text, &error));
	assert_non_null(strstr(error.text, "cannot be opened"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_trace_of_the_design_reads_as_written),
		cmocka_unit_test(canonical_text_leaves_out_comments_and_defaults),
		cmocka_unit_test(every_header_feature_has_a_canonical_line),
		cmocka_unit_test(a_header_left_to_defaults_is_the_documented_one),
		cmocka_unit_test(default_domains_translate_by_a_word_of_the_smmu),
		cmocka_unit_test(policies_have_one_order_and_their_names),
		cmocka_unit_test(every_op_and_pin_of_the_vocabulary_is_canonical),
		cmocka_unit_test(one_page_may_be_singular),
		cmocka_unit_test(bad_text_is_refused_with_place_fault_and_remedy),
		cmocka_unit_test(a_nul_byte_and_a_long_line_are_refused),
		cmocka_unit_test(a_trace_holds_256_ops_and_no_more),
		cmocka_unit_test(any_trace_survives_its_text),
		cmocka_unit_test(the_longest_text_fits_its_bounds),
		cmocka_unit_test(a_small_buffer_gets_the_beginning_of_the_text),
		cmocka_unit_test(errnos_have_their_names),
		cmocka_unit_test(slots_and_addresses_are_inverse),
		cmocka_unit_test(files_are_told_apart_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
