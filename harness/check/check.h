/* SPDX-License-Identifier: MIT */
/*
 * Run a trace on the law and on an implementation, compare after every op, name what differs.
 */
#ifndef SVAFUZZ_CHECK_H
#define SVAFUZZ_CHECK_H

#include "../../models/reference/svaref.h"
#include "../drivers/driver.h"
#include "../smmus/smmu.h"
#include "../trace/trace.h"
#include "../world/world.h"

/* Kinds of divergence: what was compared. */
enum divergence_kind {
	DIVERGENCE_NONE,
#define KIND(id, text, doc) DIVERGENCE_##id,
#include "kinds.def"
#undef KIND
	DIVERGENCE_KINDS,
};

struct check_known;

struct divergence {
	uint8_t kind;	  /* enum divergence_kind */
	int16_t op;	  /* index in the trace; -1: set-up, num_ops: teardown */
	char rule[24];	  /* "A-19", "D-2 tlb-before-atc": the name that findings carry */
	char op_text[16]; /* mnemonic, "setup" or "teardown" */
	char expected[160];
	char observed[160];
};

enum check_depth {
	CHECK_CHANGES, /* after every op: all that changed since the last one */
	CHECK_ALL,     /* after every op: every (endpoint, PASID, page) */
};

struct check_config {
	const char *driver; /* "iomm" */
	const char *smmu;   /* "emulated" */
	enum smmu_cache_mode cache;
	enum check_depth depth;
	bool pins;	   /* judge `=>` pins, when the trace has them for the driver's policy */
	const char *fault; /* planted fault, NULL or "" for none */
	const struct check_known *known; /* divergences to pass over; NULL: none */
	bool sparing; /* leave out the B invariants of the law: to measure what they cost */
};
struct check_config check_default_config(void);

/* What happened at one op, for `show` and for determinism tests. */
struct check_step {
	bool skipped; /* a precondition did not hold: not sent */
	const char *skip_reason;
	struct ref_result expected;
	int error;	  /* observed */
	uint32_t value;	  /* observed PASID, page count, or data read */
	uint8_t outcome;  /* observed, enum ref_outcome */
	uint8_t ats_prot; /* observed rights of an ATS completion */
	unsigned num_events, num_commands;
	uint8_t event_type; /* of the last event record */
};

struct check;

/* One per process: RAM is at a fixed address. NULL and error: unknown driver, smmu or fault, or
 * no room for the RAM. */
struct check *check_create(const struct check_config *config, struct error *error);
void check_destroy(struct check *check);

/* Run a whole trace. Returns the first divergence (kind DIVERGENCE_NONE: none, or only known ones). The
 * callback, if any, is called after every op. */
typedef void (*check_observer)(void *ctx, unsigned op, const struct check_step *step);
struct divergence check_run(struct check *check, const struct trace *trace, check_observer observer,
			    void *ctx);
/*
 * The same in parts, for a trace that is still being written: set-up, one op, teardown. `trace` stays
 * where it is, and ops are added to it between the calls.
 *
 * check_begin: false when the smmu lacks something (check_unsupported()); then there is no run.
 * check_op: the next op of the trace. NULL: not run, as the run is over, or it did not come back.
 */
bool check_begin(struct check *check, const struct trace *trace);
const struct check_step *check_op(struct check *check);
struct divergence check_so_far(const struct check *check);
struct divergence check_end(struct check *check);
/* Rules that decided an error or a fault in the last run that had an observer: set of indices into check_rules(). */
bool check_rule_seen(const struct check *check, unsigned rule);

/*
 * Divergences that are understood and written up (corpus/known/README.md): an implementation's, not
 * ours. Each is told by its driver ("iomm@qemu": on that smmu alone), kind, op, rule and by words of
 * both sides. Most end the run, as
 * the two sides differ from there on; an event record that differs does not.
 */
struct check_known_entry {
	char trace[256]; /* the file that shows it */
	char driver[24], op[48], rule[24];
	char expected[96], observed[96]; /* parts of the texts; "": any */
	uint8_t kind;			 /* enum divergence_kind */
	bool go_on;
};
enum { CHECK_MAX_KNOWN = 64 };
struct check_known {
	unsigned count;
	struct check_known_entry entry[CHECK_MAX_KNOWN];
};
/* Is the entry about this driver on this smmu, or about the driver wherever it runs? */
bool check_known_names(const struct check_known_entry *entry, const struct check_config *config,
		       bool every_smmu);
/* The entries of every *.trace in `dir`, in the order of their names; free() them. NULL and error. */
struct check_known *check_known_load(const char *dir, struct error *error);
/* Adds the entries of one file; false and error when one cannot be read. */
bool check_known_add(struct check_known *known, const char *path, struct error *error);
/* The entry of config->known that this divergence is, or -1. */
int check_known_find(const struct check_config *config, const struct divergence *divergence);
/* Another list than check_config's; the counts start again. */
void check_use_known(struct check *check, const struct check_known *known);
/* How often an entry was met since then, and the one that ended the last run (-1: none). */
uint64_t check_known_hits(const struct check *check, unsigned entry);
int check_known_end(const struct check *check);

/* check_config's, in the runs that follow. */
void check_use_sparing(struct check *check, bool sparing);

/* In the runs that follow, the n-th allocation of the driver fails (0: none), counted from the
 * set-up's first op; `fail-alloc` ops are skipped then. */
void check_fail_allocation(struct check *check, unsigned nth);
/* Whether the last run came so far. */
bool check_allocation_failed(const struct check *check);
/* NULL, or what the last run wanted and the smmu has not: it ended there, and nothing was found. */
const char *check_unsupported(const struct check *check);
/* What exactly is tested, "" when the driver's name says it all. */
const char *check_version(const struct check *check);

/* Every rule and invariant that findings can name. */
struct check_rule {
	const char *id;	    /* "A-19" */
	const char *name;   /* "bind-twice", or "" */
	const char *source; /* "P2-02" ... */
	const char *text;   /* one sentence */
};
extern const struct check_rule check_rules[];
extern const unsigned check_num_rules;

/* enum ref_outcome in words: "ok", "fault translation"; "?" for an unknown number. */
const char *check_outcome_name(unsigned outcome);
const char *divergence_kind_name(unsigned kind);
/* "iomm/emulated/stale-atc/munmap/D-2": stable under minimisation. Returns the length. */
size_t divergence_signature(const struct check_config *config, const struct divergence *divergence,
			    char *buffer, size_t size);
/* Human text: kind, rule with name and source, expected, observed. One finding, several lines. */
size_t divergence_format(const struct check_config *config, const struct divergence *divergence,
			 char *buffer, size_t size);

/* Planted faults of all rooms; empty in a build without them. */
struct check_fault {
	const char *name; /* "iomm-unbind-skips-atc" */
	const char *rule;
	const char *text;
	bool crash; /* only a crash catches it */
};
extern const struct check_fault check_faults[];
extern const unsigned check_num_faults;
/* Whether faults are compiled in. */
bool check_has_faults(void);

#endif
