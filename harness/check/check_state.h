/* SPDX-License-Identifier: MIT */
/* Inside harness/check: the state of one run, shared by its files. */
#ifndef SVAFUZZ_CHECK_STATE_H
#define SVAFUZZ_CHECK_STATE_H

#include "../owners/owners.h"
#include "check.h"
#include "snapshot.h"

#include <setjmp.h>

enum { MAX_VERIFIED = 64, NO_PAGE = 0xffff };

/* What decides which pages a configuration leads to: two with the same lead to the same. */
struct check_tree {
	uint64_t ttb0, s2_ttb;
	uint16_t asid, vmid;
	uint8_t regime, t0sz, ips_bits, epd0;
};
_Static_assert(sizeof(struct check_tree) == 24, "without holes: compared as bytes");

/* One SMMU, as the comparisons see it. */
struct check_smmu {
	struct smmu_socket *socket;
	struct smmu *model; /* NULL: the smmu offers no view inside */
	unsigned num_streams;
	uint8_t stream[SMMU_MAX_STREAMS]; /* the world's number of each of the model's */
	/* Reach: contexts as last compared, configurations whose pages were all compared. */
	uint32_t generation;
	unsigned num_verified;
	struct check_tree verified[MAX_VERIFIED];
};

/* Commands since the last snapshot. */
struct logged_command {
	uint64_t word[2];
	uint8_t smmu;
	bool accepted;
};
struct command_log {
	bool on;
	unsigned num_commands, commands_lost;
	struct logged_command command[SNAPSHOT_MAX_COMMANDS];
};

struct check {
	struct check_config config;
	struct world *world;
	struct smmu_socket *smmu; /* the first */
	struct driver *driver;
	struct owners *owners; /* the mediating driver and the VMs' software */
	struct check_smmu smmus[WORLD_MAX_SMMUS];
	unsigned num_smmus; /* of this run */
	/* Comparisons look at one SMMU at a time: look_at(). Numbers of streams are its model's. */
	struct check_smmu *view;
	struct smmu *model; /* the view's */
	bool worst;	    /* models track what hardware may hold */

	uint8_t policy;			   /* enum ref_policy: the driver's */
	bool is_linux;			   /* one of the Linux policies */
	bool stalls;			   /* accesses may stall */
	bool mediated;			   /* the topology has partitions */
	uint32_t stalled, answered, stray; /* check_counters() when the op began */
	uint32_t command_errors;	   /* the same, kept in runs that has_owners() */

	struct ref ref;
	struct ref before; /* the law before the op, kept only while a failure is armed */
	struct driver_usage usage;	  /* the same, of the driver */
	struct owners_usage owners_usage; /* and of its callers */
	bool taken_back;		  /* the op failed by an injected failure */
	const char *access_rule;	  /* what an access that differs breaks; NULL: as usual */
	const struct trace *trace;
	int op;				/* index, -1 set-up, num_ops teardown */
	const struct trace_op *current; /* NULL in set-up and teardown */
	check_observer observer;	/* NULL: none */
	void *observer_ctx;
	bool running;		 /* hooks are live */
	bool off;		 /* the machine went down: nothing is compared any more */
	const char *unsupported; /* what the smmu has not, NULL */
	struct divergence divergence;
	struct check_step step;
	jmp_buf on_failure;

	/* The refinement mapping: the law's pages <-> frames, the law's mms <-> the world's. */
	uint64_t frame_of[REF_MAX_PAGES];
	uint16_t page_of[WORLD_RAM_FRAMES];
	unsigned page_of_touched;
	uint8_t mm_of[REF_MAX_MMS];    /* law -> world, WORLD_NONE */
	uint8_t ref_of[WORLD_MAX_MMS]; /* world -> law, REF_NONE */
	bool mms_changed;	       /* tasks or their spaces changed since pages_map_mms() */

	/* Private tables: frames that the harness handed to the driver's map(). */
	uint64_t private_frame[REF_MAX_DOMAINS][REF_SPACE_PAGES];
	uint32_t private_dirty[REF_MAX_DOMAINS];
	uint32_t private_touched;	 /* slots that map and unmap of the op name: B-4 */
	uint32_t law_dirty[REF_MAX_MMS]; /* slots that the op names */

	unsigned unchecked; /* parts of the law changed since its invariants were checked */

	bool compared; /* reach, on every SMMU */
	struct check_tree next_verified[MAX_VERIFIED];

	/* Linux: the handle of each live bond, by the law's index. */
	uint64_t handle[REF_MAX_BONDS];

	int known_end; /* index of the known divergence that ended the run, -1 */
	uint64_t known_hits[CHECK_MAX_KNOWN];

	unsigned fail_allocation; /* 0: none */
	bool allocation_failed;

	uint64_t rules_seen[4]; /* set of indices into check_rules */

	struct command_log log;
};

/* Record the first divergence of a run; later ones are ignored. False, unless it is a known one
 * that the run may go on with. */
bool diverge(struct check *c, enum divergence_kind kind, const char *rule, const char *expected,
	     const char *observed_fmt, ...) __attribute__((format(printf, 5, 6)));
/* An smmu that died or hangs is a divergence; one that lacks something ends the run. */
void compare_smmu_lives(struct check *c);
static inline bool diverged(const struct check *c)
{
	return c->divergence.kind != DIVERGENCE_NONE;
}
/* Mark a rule as exercised ("A-19"). */
void rule_seen(struct check *c, const char *rule);

/* exec*.c: one function per op, from ops.def. Each steps the law and the implementation and
 * compares results; false when the op was skipped (c->step says why). */
typedef bool (*exec_fn)(struct check *c, const struct trace_op *op);
extern const exec_fn check_exec[TRACE_NUM_OPS];
bool exec_skip(struct check *c, const char *reason);
/* May callers break preconditions in this run (`misuse`)? */
bool exec_may_misuse(const struct check *c);
/* NULL, or why this call on the op's device is not sent: a precondition of the caller. */
const char *exec_refusal(const struct check *c, const struct trace_op *op, enum ref_call_name call,
			 uint32_t argument);
#define OP(id, text, operands, weight, doc)                                                        \
	bool exec_##id(struct check *c, const struct trace_op *op);
#include "../trace/ops.def"
#undef OP

/* Compare an error code and a value with the law's; -ENOMEM of an injected failure is taken back
 * in the law. True when they agree. */
bool compare_result(struct check *c, struct ref_result *expected, int error, uint32_t value);
/* The same; `rule` is the op's own: what an implementation breaks that fails, or gives another
 * value, where the law lets the call succeed. */
bool compare_call(struct check *c, struct ref_result *expected, int error, uint32_t value,
		  const char *rule);

/* exec_device.c: the access of a device that `op` describes, against what the law makes of it. */
void exec_access(struct check *c, const struct trace_op *op, struct ref_target target,
		 struct ref_result *want);

/* The law takes the op back: an injected failure leaves nothing behind. */
bool is_injected_failure(const struct check *c, int error);

/* frames.c: data frames that the harness hands to map() and gets back from unmap(). */
void frames_alloc(struct check *c, uint64_t *frame, unsigned count);
void frames_free(struct check *c, const uint64_t *frame, unsigned count);
void frames_mapped(struct check *c, unsigned domain, unsigned slot, const uint64_t *frame,
		   unsigned count);
/* What is handed back (0: nothing was there) must be what was mapped; freed then. */
void frames_take_back(struct check *c, unsigned domain, unsigned slot, const uint64_t *old,
		      unsigned count);

/* functions.c: functions that come and go, and what the mediating driver hears of it. */
/* After a call that succeeded: the domain of the device's group, and bonds that went with the
 * call. */
void functions_follow(struct check *c, unsigned device);
/* The function leaves the bus: its VM first, then the driver. */
void functions_remove(struct check *c, unsigned device);
/* It is back. 0 or -errno of the driver. */
int functions_add(struct check *c, unsigned device);
/* NULL, or why the function, or a VF of this PF, cannot be taken away now. */
const char *functions_keep(const struct check *c, const struct trace_op *op, bool vfs_only);
/* The VFs of this function: a set of devices. */
unsigned functions_vfs(const struct check *c, unsigned device);

/* access.c: what a device's access did against the law. */
void compare_dma(struct check *c, const struct trace_op *op, struct ref_target target,
		 const struct ref_result *expected, const struct world_dma *dma);
void compare_ats(struct check *c, const struct ref_result *expected,
		 const struct smmu_response *response);
void compare_silence(struct check *c);
/* D-8: every access that stalled in this op was answered, and nothing else was. */
void compare_answers(struct check *c);

/* reach.c, reach_pages.c, reach_all.c: after every op. */
void reach_reset(struct check *c);
void reach_compare(struct check *c);
void reach_compare_all(struct check *c);
/* For texts: "(d0, pasid 1)", with the StreamID when it is not the device's first. */
enum { PAIR_SIZE = 48 };
const char *reach_pair_text(const struct check *c, unsigned stream, bool ssv, uint32_t ssid,
			    char buffer[PAIR_SIZE]);
const char *reach_rights_text(bool r, bool w);
/* Is [this device, PASID] installed in hardware now (current or held)? */
bool reach_installed(struct check *c, unsigned device, unsigned pasid);
/* What the law says of one page slot for one (device, PASID): rights and frame. */
struct allowed {
	bool demanded; /* the law promises exactly this; else nothing may be reached */
	uint8_t prot;
	uint64_t pa;
};
struct allowed reach_allowed(struct check *c, unsigned device, bool ssv, uint32_t ssid,
			     unsigned slot);
/* reach_pages.c: pages of spaces that changed on either side. */
void reach_compare_changed(struct check *c, const struct smmu_contexts *contexts);
/* Every page that either side has, under a configuration that was not there before. */
bool reach_verify(struct check *c, struct ref_target target, const struct smmu_context *context);
/* A walk under both stages. */
struct smmu_outcome reach_probe(const struct check *c, const struct smmu_s1 *s1,
				const struct smmu_s2 *s2, uint64_t va);
/* reach_vm.c: the VM whose memory this stage 2 gives (on), REF_NONE: none's. */
unsigned reach_vm_of(const struct check *c, const struct smmu_s2 *s2);
/* The VM that the law lets the device translate for, REF_NONE: the host. */
unsigned reach_vm_of_device(const struct check *c, unsigned device);
/* B-7 or B-8: what is broken when the device reaches beyond its VM, or into one. */
const char *reach_vm_rule(const struct check *c, unsigned device);
/* Is what hardware may hold of stage 2 what the law says of this VM's memory (REF_NONE:
 * nothing)? */
bool reach_vm_memory(uint64_t ipa, uint64_t pa, unsigned vm);
/* Stage 2 alone gives the whole memory of the VM and nothing else. */
bool reach_verify_memory(struct check *c, unsigned vm, const struct smmu_s2 *s2);
/* stale.c: entries that hardware may still hold. */
void stale_compare(struct check *c);
/* snapshot*.c: parts of a snapshot, the hook that logs commands. */
void snapshot_commands(const struct check *c, struct snapshot *snapshot);
void snapshot_stale(struct check *c, struct snapshot *snapshot);
void snapshot_log_command(void *ctx, unsigned smmu, const uint64_t word[2], bool accepted);
/* order.c: hooks at points of no return, and the calls of A-39. */
void order_frame_free(void *ctx, uint64_t pa, enum frame_kind kind);
void order_call(void *ctx, const struct world_call *call);
void order_compare_calls(struct check *c, const struct ref_result *expected);

/* bonds.c. The rule for another PASID than the law's: B-9 when it is that of another address space,
 * and only that the allocator is global forbids it: the space is not bound in this domain. */
const char *bonds_pasid_rule(const struct check *c, const struct ref_result *expected,
			     unsigned device, unsigned pasid, const char *otherwise);
/* What Linux gives out. The handle is one and the same as long as the bond lives; `before`
 * is the set of bonds before the call. */
void bonds_compare_handle(struct check *c, const struct ref_result *expected, uint64_t before,
			  uint64_t handle);
/* An allocation failed in bind, and the mm may have got its PASID before that. */
void bonds_take_pasid(struct check *c, unsigned device, unsigned task);
/* The PASID of every address space, dead ones that are still bound as well. */
void bonds_compare_pasids(struct check *c);
/* linux-6.1: is the space that the device reaches with this PASID in the tables of several domains?
 * There it has one ASID, and a notifier for each of them. */
bool bonds_in_two_tables(const struct check *c, unsigned device, bool ssv, uint32_t pasid);
/* The domain that this device's driver attached to a PASID of the group, REF_NONE. */
unsigned bonds_domain_on_pasid(const struct check *c, unsigned device, unsigned pasid);

/* setup.c */
void setup_reset(struct check *c, const struct trace *trace);
void setup_run(struct check *c);
/* invariants.c: of the law's own state. What the op may have changed there: a set of enum
 * ref_part. */
unsigned invariants_changed(const struct check *c);
void invariants_after_op(struct check *c, unsigned changed);
/* All but those of B rules that were not checked since something changed. */
void compare_invariants(struct check *c);
/* owners.c: what the mediating driver and guests keep, against the law, after every op of a
 * run that has_owners(). */
void owners_compare(struct check *c);
/* teardown.c: everything created is given back, then nothing may be left. */
void teardown_run(struct check *c);
/* check.c: an op of set-up or teardown; false once something diverged. */
bool run_quiet_op(struct check *c, const struct trace_op *op);
void compare_state(struct check *c);
/* The sum over all SMMUs; zeros when they offer no view inside. */
struct smmu_counters check_counters(const struct check *c);

/* pages.c: the refinement mapping. */
void pages_reset(struct check *c);
void pages_map_mms(struct check *c);
/* Pair a law page with the frame that the world uses for it; false and a divergence when either
 * is already paired with another. */
bool pages_pair(struct check *c, unsigned page, uint64_t pa);
void pages_frame_freed(struct check *c, uint64_t pa);

static inline void look_at(struct check *c, unsigned smmu)
{
	c->view = &c->smmus[smmu];
	c->model = c->view->model;
}

/* The device that a stream of the view belongs to, and its StreamID. */
static inline unsigned device_of(const struct check *c, unsigned stream)
{
	unsigned number = c->view->stream[stream];

	return number < c->world->num_endpoints ? number : world_stream_device(c->world, number);
}

static inline uint16_t stream_id_of(const struct check *c, unsigned stream)
{
	return world_stream_id(c->world, c->view->stream[stream]);
}

/* Accesses of this target are translated by page tables: of somebody, or empty ones, or stage
 * 2's. */
static inline bool is_translated(struct ref_target target)
{
	return target.kind == REF_TARGET_MM || target.kind == REF_TARGET_PRIVATE ||
	       target.kind == REF_TARGET_EMPTY || target.kind == REF_TARGET_GUEST;
}

/* Does anybody of harness/owners take part in this run? */
static inline bool has_owners(const struct check *c)
{
	return c->mediated || c->ref.topology.num_vms;
}

/* Does the space belong to a process of a VM? */
static inline bool is_guest_mm(const struct check *c, unsigned mm)
{
	return c->ref.mm[mm].vm != REF_NONE;
}

/* A device has no way to put a wider PASID on the bus, or any when it has no PASID capability. */
static inline bool can_send(const struct check *c, unsigned device, bool ssv, uint32_t ssid)
{
	unsigned bits = c->ref.topology.device[device].pasid_bits;

	return !ssv || (bits && ssid < 1u << bits);
}

#endif
