/* SPDX-License-Identifier: MIT */
/*
 * Traces: a topology and a list of ops, in three forms: this struct, text (text.c), bytes
 * (binary.c). Every byte string decodes to a valid trace; every trace has one canonical text; text
 * -> bytes -> text is the identity on canonical text. Everything is made from ops.def.
 */
#ifndef SVAFUZZ_TRACE_H
#define SVAFUZZ_TRACE_H

#include "../base/base.h"

#include <stdio.h>

enum trace_op_code {
#define OP(id, text, operands, weight, doc) TRACE_OP_##id,
#include "ops.def"
#undef OP
	TRACE_NUM_OPS,
};

enum trace_field {
	TRACE_FIELD_NONE,
#define FIELD(id, text, doc) TRACE_FIELD_##id,
#include "fields.def"
#undef FIELD
	TRACE_NUM_FIELDS,
};

enum {
	TRACE_MAX_OPS = 256,
	TRACE_MAX_OPERANDS = 6,
	TRACE_MAX_DEVICES = 4,
	TRACE_MAX_DOMAINS = 4,
	TRACE_MAX_PROCESSES = 8,
	TRACE_MAX_MDEVS = 4,
	TRACE_MAX_VMS = 2,
	TRACE_MAX_PAGES = 8,
	TRACE_NONE = 0xff,
	/* Four windows of eight pages, each across a boundary of another table level. */
	TRACE_WINDOWS = 4,
	TRACE_WINDOW_PAGES = 8,
	TRACE_SPACE_PAGES = TRACE_WINDOWS * TRACE_WINDOW_PAGES,
};

/* Page slot 0..31 <-> virtual address: 0x10000, 0x1fc000 (2M), 0x3fffc000 (1G), 0x7fffffc000 (512G). */
uint64_t trace_slot_va(unsigned slot);
/* -1 when va is in no window or not page aligned. */
int trace_va_slot(uint64_t va);

/* An outcome that the author states from the source, not from running the model. */
enum trace_pin_kind {
	TRACE_PIN_NONE,
	TRACE_PIN_OK,	       /* => ok */
	TRACE_PIN_PASID,       /* => pasid N */
	TRACE_PIN_VALUE,       /* => N pages   (unmap) */
	TRACE_PIN_ERROR,       /* => -EEXIST   value = positive errno */
	TRACE_PIN_TRANSLATION, /* => fault translation */
	TRACE_PIN_PERMISSION,  /* => fault permission */
	TRACE_PIN_NO_PASID,    /* => fault pasid */
	TRACE_PIN_ABORT,       /* => abort */
	TRACE_PIN_BUS,	       /* => bus */
	TRACE_PIN_ATS,	       /* => ats none|r|rw   value = rights */
	TRACE_PIN_SKIPPED,     /* => skipped: the op's precondition does not hold */
	TRACE_NUM_PINS,
};

struct trace_pin {
	uint8_t kind; /* enum trace_pin_kind */
	uint8_t value;
};

/* One op. Fields that its code does not use are 0. Plain bytes: the binary form is these. */
struct trace_op {
	uint8_t code;	   /* enum trace_op_code */
	uint8_t device;	   /* or mdev */
	uint8_t process;   /* or domain */
	uint8_t child;	   /* or feature bits, or opcode */
	uint8_t slot;	   /* page slot of VA */
	uint8_t to;	   /* page slot of TO */
	uint8_t pages;	   /* 1..8 when used */
	uint8_t prot;	   /* enum ref_prot bits; RW: 0 read, 1 write; FEATURE: 0 sva, 1 iopf */
	uint8_t pasid;	   /* or min, or nth */
	uint8_t max;	   /* or VM */
	uint8_t has_pasid; /* PASID_OPT or WRITTEN present; NOPASID present */
	struct trace_pin pin;
	uint16_t line; /* of the text it came from, 0 if none; not part of the trace */
};

enum trace_domain_type { TRACE_DOMAIN_STAGE1, TRACE_DOMAIN_IDENTITY };
/* The reference model's policies, in its order. */
enum trace_policy {
	TRACE_POLICY_IO_MM,
	TRACE_POLICY_LINUX_6_1,
	TRACE_POLICY_LINUX_6_12,
	TRACE_NUM_POLICIES,
};
enum trace_stall { TRACE_STALL_NONE, TRACE_STALL, TRACE_STALL_FORCE, TRACE_NUM_STALLS };
enum { TRACE_MAX_STREAMS = 2, TRACE_STREAM_STRIDE = 0x100, TRACE_MAX_SMMUS = 2 };

struct trace_device {
	uint8_t rid_dev, rid_fn; /* bus 0; rid = dev << 3 | fn; unique in the trace */
	uint8_t pasid_bits;	 /* 0..8 */
	uint8_t ats;
	uint8_t stall;	 /* a platform device whose faults may stall; has no ATS then */
	uint8_t streams; /* 1..2: stream i has the StreamID rid + i * TRACE_STREAM_STRIDE */
	uint8_t smmu;	 /* 0..1, the SMMU in front of it; that of d0 is 0, of a group all in one */
	uint8_t group;	 /* 0..3, TRACE_NONE: in no group; default: own index */
	uint8_t domain;	 /* attached at the start, TRACE_NONE */
	uint8_t sva;	 /* initialised at the start (features 0); 0 when written `uninit` */
	/* 0, or 1 + the PF: an earlier device behind the same SMMU, that is no VF itself and does not
	 * stall (B-8). */
	uint8_t vf_of;
};

/* A partition: it has its parent's requester id (B-6). */
struct trace_mdev {
	uint8_t parent;	 /* device */
	uint8_t own_mmu; /* translates by itself: no IOMMU domain is involved (B-16) */
};

/* A VM has at least a function of its own (B-8); it runs at the start. */
struct trace_vm {
	uint8_t device;	   /* a VF that is assigned to it at the start; alone in its group */
	uint8_t processes; /* set of processes that exist in it at the start */
};

struct trace_header {
	/* Set of enum trace_policy, never empty: those for which the pins hold. A trace runs under the
	 * policy of the driver; under another than these its pins are not judged. */
	uint8_t policies;
	uint8_t misuse; /* preconditions of the caller may be broken: only error codes are judged */
	uint8_t ssid_bits;	     /* 1..8 (0: no substreams) */
	uint8_t asid_bits;	     /* 8 or 16 */
	uint8_t ats;		     /* the SMMU offers ATS */
	uint8_t stall;		     /* enum trace_stall: the SMMU's stall model */
	uint8_t msi, range_inv, el2; /* IDR0.MSI, IDR3.RIL, IDR0.Hyp (CPUs run VHE) */
	uint8_t two_level_strtab, two_level_cd;
	uint8_t num_devices; /* 1..4 */
	uint8_t num_domains; /* 0..4 */
	uint8_t processes;   /* set of processes that exist at the start, on the host */
	struct trace_device device[TRACE_MAX_DEVICES];
	uint8_t domain_type[TRACE_MAX_DOMAINS];
	uint8_t num_mdevs; /* 0..4 */
	uint8_t num_vms;   /* 0..2 */
	struct trace_mdev mdev[TRACE_MAX_MDEVS];
	struct trace_vm vm[TRACE_MAX_VMS];
	/* Partitions of one requester id may go to two VMs: what B-7 forbids, to show why. Only
	 * where there are two VMs, and two partitions of one parent without an MMU of their own. */
	uint8_t shared_rid;
	/* Linux: groups start in a translated domain of the kernel's own (iommu.passthrough=0). Then no
	 * domain is identity. */
	uint8_t default_dma;
};

struct trace {
	struct trace_header header;
	uint16_t num_ops;
	struct trace_op op[TRACE_MAX_OPS];
};

struct trace_op_info {
	const char *text;
	const char *doc;
	uint8_t weight;
	uint8_t num_operands;
	uint8_t operand[TRACE_MAX_OPERANDS]; /* enum trace_field */
};
extern const struct trace_op_info trace_op_info[TRACE_NUM_OPS];
struct trace_field_info {
	const char *id, *text, *doc;
};
extern const struct trace_field_info trace_field_info[TRACE_NUM_FIELDS];

/* The header that random bytes and new traces start from. */
struct trace_header trace_default_header(void);
/* Bring every field of a header or op into range and zero what the op does not use. Total. */
void trace_normalize_header(struct trace_header *header);
void trace_normalize_op(const struct trace_header *header, struct trace_op *op);

/*
 * Text (text.c). Parse: false and error "NAME:LINE: what, what to do" on bad input; comments (#)
 * and blank lines are dropped. `keep_comments` callers use the source text itself.
 */
bool trace_parse(struct trace *trace, const char *name, const char *text, size_t size,
		 struct error *error);
/* Canonical text. Bytes written (without the NUL), at most size - 1; never more than
 * TRACE_TEXT_MAX for a whole trace. */
enum { TRACE_TEXT_MAX = 64 * 1024, TRACE_LINE_MAX = 160 };
size_t trace_format(const struct trace *trace, char *buffer, size_t size);
size_t trace_format_header(const struct trace_header *header, char *buffer, size_t size);
/* One op without newline; with its pin when `pin`. */
size_t trace_format_op(const struct trace_header *header, const struct trace_op *op, bool pin,
		       char *buffer, size_t size);
size_t trace_format_pin(const struct trace_pin *pin, char *buffer, size_t size);
/* "linux-6.1" and so on; a policy by its name, TRACE_NUM_POLICIES when there is none. */
extern const char *const trace_policy_name[TRACE_NUM_POLICIES];
enum trace_policy trace_policy_find(const char *name);
/* "-EEXIST" for EEXIST; names the errnos that the model uses, "-errno N" otherwise. */
const char *trace_errno_name(int error);

/* Bytes (binary.c). */
enum {
	TRACE_HEADER_BYTES = 96,
	TRACE_OP_BYTES = 13,
	TRACE_BINARY_MAX = TRACE_HEADER_BYTES + TRACE_MAX_OPS * TRACE_OP_BYTES,
};
/* Total: any bytes give a valid trace. */
void trace_decode(struct trace *trace, const uint8_t *data, size_t size);
/* Bytes written, at most TRACE_BINARY_MAX; 0 if size is too small. */
size_t trace_encode(const struct trace *trace, uint8_t *data, size_t size);
/* Does the data start like our binary format (magic and version)? Text starts otherwise. */
bool trace_is_binary(const uint8_t *data, size_t size);

/* Files: text or binary by content. One error line on failure. */
bool trace_load(struct trace *trace, const char *path, bool *was_text, struct error *error);

#endif
