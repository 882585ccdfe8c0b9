/* SPDX-License-Identifier: MIT */
/*
 * What stands after an op, for reports: the law's relations, the commands and event records of the op,
 * and what hardware may still hold. Plain values: whoever has one needs nothing of the run.
 */
#ifndef SVAFUZZ_CHECK_SNAPSHOT_H
#define SVAFUZZ_CHECK_SNAPSHOT_H

#include "check.h"

enum {
	SNAPSHOT_MAX_COMMANDS = 64,
	SNAPSHOT_MAX_EVENTS = 16,
	SNAPSHOT_MAX_STALE = 24,
	SNAPSHOT_MAX_ENTRIES = 64, /* of one PASID table */
	SNAPSHOT_MAX_TABLES = REF_MAX_DOMAINS + REF_MAX_DEVICES,
	SNAPSHOT_MAX_BONDS = REF_MAX_BONDS + REF_MAX_VMS * REF_MAX_MMS,
	SNAPSHOT_TEXT = 96,
	SNAPSHOT_RIGHTS = 24,
};

struct snapshot_device {
	uint8_t domain; /* REF_NONE: none */
	uint8_t vm;	/* REF_NONE: the host's */
	bool present, sva;
};

/* PASID -> mm, or an ordinary domain that is attached to it (mm is REF_NONE then). */
struct snapshot_entry {
	uint16_t pasid;
	uint8_t mm, domain;
};

/* A domain, or, on Linux, the PASIDs of a group. */
struct snapshot_table {
	bool is_group;
	uint8_t index; /* of the domain or the group */
	uint8_t type;  /* enum ref_domain_type of a domain */
	uint8_t pages; /* of the private table */
	bool truncated;
	unsigned num_entries;
	struct snapshot_entry entry[SNAPSHOT_MAX_ENTRIES];
};

struct snapshot_page {
	uint64_t va;
	char rights[SNAPSHOT_RIGHTS]; /* "r", "rw (swapped)" */
};

struct snapshot_space {
	uint8_t mm;
	uint8_t tasks; /* set of tasks; 0: exited, and still bound */
	uint8_t vm;    /* REF_NONE: the host's */
	uint16_t pasid;
	unsigned num_pages;
	struct snapshot_page page[REF_SPACE_PAGES];
};

struct snapshot_bond {
	uint8_t device, mm;
	uint8_t domain; /* REF_NONE: none */
	uint8_t vm;	/* a guest's; REF_NONE: the host's */
	uint16_t pasid;
};

struct snapshot_partition {
	uint8_t parent, vm;
	uint16_t spaces; /* set of mms */
};

struct snapshot_vm {
	bool running;
	uint8_t functions; /* set of devices */
};

enum snapshot_holder { SNAPSHOT_TLB, SNAPSHOT_WALK_CACHE, SNAPSHOT_ATC };

/* An entry that memory does not have any more and a device could still use. */
struct snapshot_stale {
	uint8_t where;	/* enum snapshot_holder */
	uint8_t device; /* REF_NONE: nobody's in particular */
	bool has_pasid;
	bool whole; /* a whole translation tree: `va` says nothing */
	uint32_t pasid;
	uint64_t va;
	char rights[SNAPSHOT_RIGHTS];
	char text[SNAPSHOT_TEXT];
};

struct snapshot {
	/* Commands since the snapshot before, event records of the op; `lost`: what did not fit. */
	unsigned num_commands, commands_lost, num_events, events_lost;
	char command[SNAPSHOT_MAX_COMMANDS][SNAPSHOT_TEXT];
	char event[SNAPSHOT_MAX_EVENTS][SNAPSHOT_TEXT];

	unsigned num_devices, num_tables, num_spaces, num_bonds, num_partitions, num_vms;
	struct snapshot_device device[REF_MAX_DEVICES];
	struct snapshot_table table[SNAPSHOT_MAX_TABLES];
	struct snapshot_space space[REF_MAX_MMS];
	struct snapshot_bond bond[SNAPSHOT_MAX_BONDS];
	struct snapshot_partition partition[REF_MAX_PARTITIONS];
	struct snapshot_vm vm[REF_MAX_VMS];
	unsigned num_stale, stale_lost;
	struct snapshot_stale stale[SNAPSHOT_MAX_STALE];
};

/* In the runs that follow commands are logged. */
void check_log_commands(struct check *check, bool on);
/* After check_begin(), check_op() or check_end(). Commands are those since the snapshot before. */
void check_snapshot(struct check *check, struct snapshot *snapshot);

/* One command (chapter 4) as text: "CFGI_CD sid=0x8 ssid=1 leaf". Returns the length. */
size_t snapshot_command_text(const uint64_t word[2], char *buffer, size_t size);

#endif
