/* SPDX-License-Identifier: MIT */
/* The state as a whole: reset, usage, and the look-ups that every operation starts from. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ref_assert_failed(const char *file, int line, const char *cond)
{
	fprintf(stderr, "%s:%d: libsvaref was called wrongly: %s does not hold\n", file, line,
		cond);
	abort();
}

static unsigned ssid_bits(const struct ref_topology *topology, unsigned i)
{
	unsigned bits = topology->device[i].pasid_bits;

	return bits < topology->ssid_bits ? bits : topology->ssid_bits;
}

/* 6.1: one CD table for a group's default domain (arm_smmu_attach_dev()). */
static bool group_agrees(const struct ref_topology *topology, unsigned i, unsigned j)
{
	return topology->device[i].group == REF_NONE ||
	       topology->device[i].group != topology->device[j].group ||
	       (ssid_bits(topology, i) == ssid_bits(topology, j) &&
		!topology->device[i].stall == !topology->device[j].stall);
}

static void check_default_dma(const struct ref_topology *topology)
{
	REF_ASSERT(topology->policy != REF_POLICY_IO_MM);
	for (unsigned i = 0; i < topology->num_domains; i++)
		REF_ASSERT(topology->domain_type[i] == REF_DOMAIN_STAGE1);
	if (topology->policy == REF_POLICY_LINUX_6_1)
		for (unsigned i = 0; i < topology->num_devices; i++)
			for (unsigned j = 0; j < i; j++)
				REF_ASSERT(group_agrees(topology, i, j));
}

/* B-8, B-16: what belongs to what. */
static void check_functions(const struct ref_topology *topology)
{
	for (unsigned i = 0; i < topology->num_devices; i++) {
		unsigned vf_of = topology->device[i].vf_of;

		REF_ASSERT(vf_of <= i && (!vf_of || !topology->device[vf_of - 1].vf_of));
	}
	REF_ASSERT(topology->num_partitions <= REF_MAX_PARTITIONS);
	for (unsigned i = 0; i < topology->num_partitions; i++)
		REF_ASSERT(topology->partition[i].parent < topology->num_devices);
	REF_ASSERT(topology->num_vms <= REF_MAX_VMS);
	REF_ASSERT(!topology->num_vms || topology->policy == REF_POLICY_IO_MM);
}

static void check_topology(const struct ref_topology *topology)
{
	REF_ASSERT(topology->policy < REF_POLICY_COUNT);
	REF_ASSERT(topology->ssid_bits <= 8);
	REF_ASSERT(topology->num_devices <= REF_MAX_DEVICES);
	REF_ASSERT(topology->num_domains <= REF_MAX_DOMAINS);
	for (unsigned i = 0; i < topology->num_devices; i++) {
		REF_ASSERT(topology->device[i].pasid_bits <= 8);
		REF_ASSERT(topology->device[i].stall || !topology->stall_force);
		REF_ASSERT(topology->device[i].group < REF_MAX_DEVICES ||
			   topology->device[i].group == REF_NONE);
		for (unsigned j = 0; j < i; j++) {
			REF_ASSERT(topology->device[i].rid != topology->device[j].rid);
			REF_ASSERT(topology->device[i].group == REF_NONE ||
				   topology->device[i].group != topology->device[j].group ||
				   topology->device[i].smmu == topology->device[j].smmu);
		}
	}
	for (unsigned i = 0; i < topology->num_domains; i++)
		REF_ASSERT(topology->domain_type[i] <= REF_DOMAIN_IDENTITY);
	if (topology->default_dma)
		check_default_dma(topology);
	check_functions(topology);
}

static void reset_partitions_and_vms(struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_MMS; i++)
		ref->mm[i].vm = REF_NONE;
	for (unsigned i = 0; i < REF_MAX_PARTITIONS; i++)
		ref->partition[i].vm = REF_NONE;
	for (unsigned i = 0; i < REF_MAX_VMS; i++) {
		ref->vm[i].running = i < ref->topology.num_vms;
		memset(ref->vm[i].pasid_owner, REF_NONE, sizeof(ref->vm[i].pasid_owner));
	}
}

void ref_reset(struct ref *ref, const struct ref_topology *topology)
{
	check_topology(topology);
	memset(ref, 0, sizeof(*ref));
	ref->topology = *topology;
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++) {
		ref->device[i].present = i < topology->num_devices;
		ref->device[i].domain = REF_NONE;
		ref->device[i].vm = REF_NONE;
	}
	reset_partitions_and_vms(ref);
	memset(ref->task, REF_NONE, sizeof(ref->task));
	for (unsigned i = 0; i < REF_MAX_BONDS; i++)
		ref->bond[i] = ref_no_bond;
	memset(ref->pasid_owner, REF_NONE, sizeof(ref->pasid_owner));
	for (unsigned i = 0; i < REF_MAX_DOMAINS; i++)
		memset(ref->domain[i].table, REF_NONE, sizeof(ref->domain[i].table));
	if (topology->policy != REF_POLICY_IO_MM)
		memset(ref->group_table, REF_NONE, sizeof(ref->group_table));
	if (topology->policy != REF_POLICY_LINUX_6_12)
		return;
	for (unsigned i = 0; i < topology->num_domains; i++)
		ref->domain[i].smmu = topology->domain_smmu[i];
}

struct ref_usage ref_usage(const struct ref *ref)
{
	struct ref_usage usage = {0};

	for (unsigned i = 0; i < REF_MAX_BONDS; i++)
		usage.bonds += ref->bonds >> i & 1;
	for (unsigned i = 0; i < REF_MAX_PASIDS; i++)
		usage.pasids += ref->pasid_owner[i] != REF_NONE;
	for (unsigned i = 0; i < REF_MAX_PAGES; i++)
		usage.pages += ref->page[i].users != 0;
	for (unsigned i = 0; i < REF_MAX_DOMAINS; i++)
		for (unsigned p = 0; p < REF_MAX_PASIDS; p++)
			usage.table_entries += ref->domain[i].table[p] != REF_NONE;
	for (unsigned i = 0; i < REF_MAX_MMS; i++)
		usage.mms += ref->mm[i].users || ref->mm[i].pasid;
	for (unsigned i = 0; i < ref->topology.num_partitions; i++)
		usage.associations += (unsigned)__builtin_popcount(ref->partition[i].spaces);
	for (unsigned i = 0; i < ref->topology.num_vms; i++)
		for (unsigned d = 0; d < ref->topology.num_devices; d++)
			usage.guest_bonds += (unsigned)__builtin_popcount(ref->vm[i].bonded[d]);
	if (ref_is_linux(ref))
		for (unsigned i = 0; i < REF_MAX_DEVICES; i++)
			for (unsigned p = 0; p < REF_MAX_PASIDS; p++)
				usage.table_entries += ref->group_table[i][p] != REF_NONE;
	return usage;
}

bool ref_task_alive(const struct ref *ref, uint8_t task)
{
	REF_ASSERT(task < REF_MAX_TASKS);
	return ref->task[task].mm != REF_NONE;
}

bool ref_host_task(const struct ref *ref, uint8_t task)
{
	return ref_task_alive(ref, task) && ref->mm[ref->task[task].mm].vm == REF_NONE;
}

bool ref_device_usable(const struct ref *ref, uint8_t device)
{
	REF_ASSERT(device < ref->topology.num_devices);
	return ref->device[device].present && ref->topology.device[device].group != REF_NONE;
}

unsigned ref_group_size(const struct ref *ref, uint8_t group)
{
	unsigned size = 0;

	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		size += ref->device[i].present && ref->topology.device[i].group == group;
	return size;
}

uint16_t ref_page_alloc(struct ref *ref)
{
	unsigned word = 0, page;

	/* There is a page for every slot of every space, so a slot that needs one finds one. */
	while (ref->used_pages[word] == UINT64_MAX) {
		word++;
		REF_ASSERT(word < REF_MAX_PAGES / 64);
	}
	page = 64 * word + (unsigned)__builtin_ctzll(~ref->used_pages[word]);
	ref->used_pages[word] |= UINT64_C(1) << page % 64;
	ref->page[page] = (struct ref_page){.users = 1};
	return (uint16_t)page;
}

void ref_page_put(struct ref *ref, uint16_t page)
{
	REF_ASSERT(page < REF_MAX_PAGES && ref->page[page].users);
	if (--ref->page[page].users == 0) {
		ref->page[page].value = 0;
		ref->used_pages[page / 64] &= ~(UINT64_C(1) << page % 64);
	}
}
