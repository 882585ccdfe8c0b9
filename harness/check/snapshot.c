/* SPDX-License-Identifier: MIT */
/* The law's relations and the op's event records as plain values. */
#include "check_state.h"

#include <string.h>

void check_log_commands(struct check *c, bool on)
{
	c->log.on = on;
}

static void take_devices(const struct check *c, struct snapshot *s)
{
	s->num_devices = c->ref.topology.num_devices;
	for (unsigned i = 0; i < s->num_devices; i++) {
		const struct ref_device *device = &c->ref.device[i];

		s->device[i] = (struct snapshot_device){
			.present = device->present,
			.sva = device->initialised,
			.domain = device->domain,
			.vm = device->vm,
		};
	}
}

static void add_entry(struct snapshot_table *table, unsigned pasid, uint8_t entry)
{
	bool is_domain = ref_entry_is_domain(entry);

	if (entry == REF_NONE)
		return;
	if (table->num_entries == SNAPSHOT_MAX_ENTRIES) {
		table->truncated = true;
		return;
	}
	table->entry[table->num_entries++] = (struct snapshot_entry){
		.pasid = (uint16_t)pasid,
		.mm = is_domain ? (uint8_t)REF_NONE : entry,
		.domain = is_domain ? ref_entry_domain(entry) : (uint8_t)REF_NONE,
	};
}

static unsigned count_pages(const struct ref_space *space)
{
	return (unsigned)__builtin_popcount(space->mapped);
}

/* A group has a table of its own on Linux; one without PASIDs says nothing. */
static void take_tables(const struct check *c, struct snapshot *s)
{
	for (unsigned i = 0; i < c->ref.topology.num_domains; i++) {
		struct snapshot_table *table = &s->table[s->num_tables++];

		table->index = (uint8_t)i;
		table->type = c->ref.topology.domain_type[i];
		table->pages = (uint8_t)count_pages(&c->ref.domain[i].space);
		for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
			add_entry(table, pasid, c->ref.domain[i].table[pasid]);
	}
	for (unsigned i = 0; c->is_linux && i < REF_MAX_DEVICES; i++) {
		struct snapshot_table *table = &s->table[s->num_tables];

		table->is_group = true;
		table->index = (uint8_t)i;
		for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
			add_entry(table, pasid, c->ref.group_table[i][pasid]);
		s->num_tables += table->num_entries > 0;
	}
}

/* As a device finds it: what fork shares may be read only. */
static void name_rights(const struct ref_mapping *mapping, char rights[SNAPSHOT_RIGHTS])
{
	bool cow = mapping->state & REF_COW;

	snprintf(rights, SNAPSHOT_RIGHTS, "%s%s%s",
		 reach_rights_text(mapping->prot & REF_READ, mapping->prot & REF_WRITE && !cow),
		 cow ? " (cow)" : "", mapping->state & REF_SWAPPED ? " (swapped)" : "");
}

static void take_spaces(const struct check *c, struct snapshot *s)
{
	for (unsigned mm = 0; mm < REF_MAX_MMS; mm++) {
		const struct ref_mm *from = &c->ref.mm[mm];
		struct snapshot_space *space = &s->space[s->num_spaces];

		if (!from->users && !from->pasid)
			continue;
		s->num_spaces++;
		space->mm = (uint8_t)mm;
		space->vm = from->vm;
		space->pasid = from->pasid;
		for (unsigned task = 0; task < REF_MAX_TASKS; task++)
			space->tasks |= (uint8_t)((c->ref.task[task].mm == mm) << task);
		for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
			if (!(from->space.mapped >> slot & 1))
				continue;
			space->page[space->num_pages].va = world_slot_va(slot);
			name_rights(&from->space.slot[slot],
				    space->page[space->num_pages++].rights);
		}
	}
}

static void take_bonds(const struct check *c, struct snapshot *s)
{
	for (unsigned i = 0; i < REF_MAX_BONDS; i++) {
		const struct ref_bond *bond = &c->ref.bond[i];

		if (!(c->ref.bonds >> i & 1))
			continue;
		s->bond[s->num_bonds++] = (struct snapshot_bond){
			.device = bond->device,
			.mm = bond->mm,
			.domain = bond->domain,
			.vm = REF_NONE,
			.pasid = c->ref.mm[bond->mm].pasid,
		};
	}
	for (unsigned vm = 0; vm < c->ref.topology.num_vms; vm++)
		for (unsigned i = 0; i < REF_MAX_DEVICES * REF_MAX_MMS; i++) {
			unsigned device = i / REF_MAX_MMS, mm = i % REF_MAX_MMS;

			if (!(c->ref.vm[vm].bonded[device] >> mm & 1) ||
			    s->num_bonds == SNAPSHOT_MAX_BONDS)
				continue;
			s->bond[s->num_bonds++] = (struct snapshot_bond){
				.device = (uint8_t)device,
				.mm = (uint8_t)mm,
				.domain = REF_NONE,
				.vm = (uint8_t)vm,
				.pasid = c->ref.mm[mm].pasid,
			};
		}
}

static void take_owners(const struct check *c, struct snapshot *s)
{
	s->num_partitions = c->ref.topology.num_partitions;
	for (unsigned i = 0; i < s->num_partitions; i++)
		s->partition[i] = (struct snapshot_partition){
			.parent = c->ref.topology.partition[i].parent,
			.vm = c->ref.partition[i].vm,
			.spaces = c->ref.partition[i].spaces,
		};
	s->num_vms = c->ref.topology.num_vms;
	for (unsigned i = 0; i < s->num_vms; i++) {
		s->vm[i].running = c->ref.vm[i].running;
		for (unsigned device = 0; device < c->ref.topology.num_devices; device++)
			s->vm[i].functions |= (uint8_t)((c->ref.device[device].vm == i) << device);
	}
}

static void take_events(const struct check *c, struct snapshot *s)
{
	const struct world *w = c->world;

	s->events_lost = w->events_lost;
	for (unsigned i = 0; i < w->num_events; i++) {
		struct smmu_event event = smmu_event_decode(w->event[i]);
		char ssid[24] = "", guest[24] = "";

		if (s->num_events == SNAPSHOT_MAX_EVENTS) {
			s->events_lost++;
			continue;
		}
		if (event.ssv)
			snprintf(ssid, sizeof(ssid), " ssid=%u", event.ssid);
		if (w->event_vm[i] < WORLD_MAX_VMS)
			snprintf(guest, sizeof(guest), ", to the guest of v%u", w->event_vm[i]);
		snprintf(s->event[s->num_events++], SNAPSHOT_TEXT, "%s sid=%#x%s %#llx %s%s%s%s",
			 smmu_event_name(event.type), event.sid, ssid,
			 (unsigned long long)event.input_addr, event.rnw ? "read" : "write",
			 event.s2 ? ", stage 2" : "", event.stall ? ", stalled" : "", guest);
	}
}

void check_snapshot(struct check *c, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	snapshot_commands(c, s);
	take_events(c, s);
	take_devices(c, s);
	take_tables(c, s);
	take_spaces(c, s);
	take_bonds(c, s);
	take_owners(c, s);
	snapshot_stale(c, s);
	c->log.num_commands = c->log.commands_lost = 0;
}
