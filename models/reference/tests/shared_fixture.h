/* SPDX-License-Identifier: MIT */
/* What the tests of partitions, functions and VMs share on top of fixture.h. */
#ifndef SVAREF_TEST_SHARED_FIXTURE_H
#define SVAREF_TEST_SHARED_FIXTURE_H

#include "fixture.h"

enum { PF, OTHER, VF_A, VF_B };	     /* devices */
enum { M0, M1, M2, M_OWN_MMU };	     /* partitions: two of PF, two of OTHER */
enum { V0, V1 };		     /* VMs */
enum { P0, P1, P2, P3, P4, P5, P6 }; /* tasks */

/* Every device in a group of its own, with 4 PASID bits but for VF_A, which has 3. */
static inline struct ref_topology shared_topology(void)
{
	struct ref_topology topology = machine();

	topology.device[VF_A].vf_of = 1 + PF;
	topology.device[VF_B].vf_of = 1 + PF;
	topology.device[VF_B].group = 3;
	topology.num_partitions = 4;
	topology.partition[M0].parent = PF;
	topology.partition[M1].parent = PF;
	topology.partition[M2].parent = OTHER;
	topology.partition[M_OWN_MMU].parent = OTHER;
	topology.partition[M_OWN_MMU].own_mmu = 1;
	topology.num_vms = 2;
	return topology;
}

/* PF and OTHER in A, the VFs in B, all initialised with `features`; p0 and p1 live on the host. */
static inline struct ref shared_with(struct ref_topology topology, uint32_t features)
{
	struct ref ref;

	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, PF, A));
	OK(ref_attach(&ref, OTHER, A));
	OK(ref_attach(&ref, VF_A, B));
	OK(ref_attach(&ref, VF_B, B));
	for (uint8_t device = 0; device < 4; device++)
		OK(ref_init(&ref, device, features, 0, 0));
	OK(ref_spawn(&ref, P0));
	OK(ref_spawn(&ref, P1));
	return ref;
}

static inline struct ref shared_at_work(uint32_t features)
{
	return shared_with(shared_topology(), features);
}

/* VF_A in V0 with p4 and p5, VF_B in V1 with p6; each process has a page at slot 0. */
static inline struct ref guests_with(struct ref_topology topology)
{
	struct ref ref = shared_with(topology, 0);

	OK(ref_assign(&ref, V0, VF_A));
	OK(ref_assign(&ref, V1, VF_B));
	OK(ref_guest_spawn(&ref, V0, P4));
	OK(ref_guest_spawn(&ref, V0, P5));
	OK(ref_guest_spawn(&ref, V1, P6));
	for (uint8_t task = P4; task <= P6; task++)
		OK(ref_mmap(&ref, task, 0, 1, RW));
	return ref;
}

static inline struct ref guests_at_work(void)
{
	return guests_with(shared_topology());
}

#endif
