/* SPDX-License-Identifier: MIT */
/* The start of a run: topology and hardware from the trace's header, then the header's own ops. */
#include "check_state.h"

#include <string.h>

_Static_assert((int)TRACE_POLICY_LINUX_6_12 == (int)REF_POLICY_LINUX_6_12 &&
		       (int)TRACE_NUM_POLICIES == (int)REF_POLICY_COUNT,
	       "a trace names the law's policies");

/* The hardware stalls for nobody when its driver would never answer. */
static uint8_t stall_model(const struct check *c, const struct trace_header *h)
{
	return c->driver->ops->answers_stalls ? h->stall : TRACE_STALL_NONE;
}

/* 5.5 CD.S: where stalls are forced every device's faults stall, else those of devices that can. */
static bool device_stalls(const struct check *c, const struct trace_header *h, unsigned device)
{
	uint8_t model = stall_model(c, h);

	return model == TRACE_STALL_FORCE || (model && h->device[device].stall);
}

/* In the 2018 design a device is one requester id (B-8). */
static uint8_t num_streams(const struct check *c, const struct trace_header *h, unsigned device)
{
	return c->is_linux && h->device[device].streams ? h->device[device].streams : 1;
}

/*
 * 6.1: the default domain of a group is as its first device wants it, and arm_smmu_attach_dev()
 * refuses another one with other SSID bits or stalls: iommu_probe_device() fails, and no IOMMU
 * driver has the device. In 6.12 tables belong to devices.
 */
static void drop_refused_members(struct ref_topology *t)
{
	for (unsigned i = 0; i < t->num_devices; i++) {
		unsigned first = 0;

		while (t->device[first].group != t->device[i].group)
			first++;
		if (t->device[i].pasid_bits != t->device[first].pasid_bits ||
		    t->device[i].stall != t->device[first].stall)
			t->device[i].group = REF_NONE;
	}
}

/* One SMMU is enough for a driver that knows no other. */
static uint8_t smmu_of(const struct check *c, const struct trace_header *h, unsigned device)
{
	return c->driver->ops->many_smmus ? h->device[device].smmu : 0;
}

/* A domain is allocated for the first device that the header attaches to it, else for the first
 * that could be attached (6.12: iommu_paging_domain_alloc() wants a device). */
static unsigned domain_device(const struct trace_header *h, unsigned domain)
{
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].domain == domain)
			return i;
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].group != TRACE_NONE)
			return i;
	return 0;
}

/* Where there are no VMs a VM's function is a device in no domain, and nobody lives in it. */
static void add_partitions(const struct check *c, const struct trace_header *h,
			   struct ref_topology *t)
{
	t->num_partitions = h->num_mdevs;
	for (unsigned i = 0; i < h->num_mdevs; i++) {
		t->partition[i].parent = h->mdev[i].parent;
		t->partition[i].own_mmu = h->mdev[i].own_mmu;
	}
	t->num_vms = c->driver->ops->vm_create ? h->num_vms : 0;
	t->shared_rid = t->num_vms && h->shared_rid;
}

/* A guest's table is one frame: 64 entries. */
enum { GUEST_PASID_BITS = 6 };
_Static_assert(1 << GUEST_PASID_BITS == REF_GUEST_PASIDS, "a frame of CDs");

static void owners_topology_of(const struct check *c, const struct ref_topology *t,
			       struct owners_topology *o)
{
	*o = (struct owners_topology){
		.num_mdevs = t->num_partitions,
		.num_vms = t->num_vms,
		.bind_once = !c->is_linux,
		.shared_rid = t->shared_rid,
	};
	for (unsigned i = 0; i < t->num_partitions; i++) {
		o->mdev[i].parent = t->partition[i].parent;
		o->mdev[i].own_mmu = t->partition[i].own_mmu;
	}
	for (unsigned i = 0; i < t->num_devices; i++) {
		/* topology_of(): not more than the SMMU's SSID bits. */
		uint8_t bits = t->device[i].pasid_bits;

		o->is_vf[i] = t->device[i].vf_of != 0;
		o->guest_pasid_bits[i] = bits < GUEST_PASID_BITS ? bits : GUEST_PASID_BITS;
	}
}

static void topology_of(const struct check *c, const struct trace_header *h, struct ref_topology *t)
{
	memset(t, 0, sizeof(*t));
	t->policy = c->policy;
	t->ssid_bits = h->ssid_bits;
	t->num_devices = h->num_devices;
	t->num_domains = h->num_domains;
	t->stall_force = stall_model(c, h) == TRACE_STALL_FORCE;
	for (unsigned i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];

		t->device[i].rid = (uint16_t)(d->rid_dev << 3 | d->rid_fn);
		t->device[i].pasid_bits =
			d->pasid_bits < h->ssid_bits ? d->pasid_bits : h->ssid_bits;
		t->device[i].group = d->group == TRACE_NONE ? REF_NONE : d->group;
		t->device[i].ats = d->ats && h->ats;
		t->device[i].stall = device_stalls(c, h, i);
		t->device[i].streams = num_streams(c, h, i);
		t->device[i].smmu = smmu_of(c, h, i);
		t->device[i].vf_of = d->vf_of;
	}
	for (unsigned i = 0; i < h->num_domains; i++) {
		t->domain_type[i] = h->domain_type[i] == TRACE_DOMAIN_IDENTITY ? REF_DOMAIN_IDENTITY
									       : REF_DOMAIN_STAGE1;
		t->domain_smmu[i] = smmu_of(c, h, domain_device(h, i));
	}
	add_partitions(c, h, t);
	t->default_dma = c->is_linux && h->default_dma;
	if (t->default_dma && c->policy == REF_POLICY_LINUX_6_1)
		drop_refused_members(t);
}

/*
 * arm_smmu_init_strtab_2lvl(): Linux has no use for two levels where one table of STRTAB_SPLIT, 8,
 * bits is enough.
 */
static uint8_t sid_bits(const struct check *c, const struct trace_header *h)
{
	if (c->is_linux && h->two_level_strtab)
		return 10;
	/* StreamIDs from TRACE_STREAM_STRIDE on. */
	for (unsigned i = 0; i < h->num_devices; i++)
		if (num_streams(c, h, i) > 1)
			return 9;
	return 8;
}

static struct smmu_profile profile_of(const struct check *c, const struct trace_header *h)
{
	static const uint8_t stall[] = {
		[TRACE_STALL_NONE] = SMMU_STALL_NONE,
		[TRACE_STALL] = SMMU_STALL_BOTH,
		[TRACE_STALL_FORCE] = SMMU_STALL_FORCE,
	};

	return (struct smmu_profile){
		.sid_bits = sid_bits(c, h),
		.ssid_bits = h->ssid_bits,
		.cmdq_bits = 8,
		.evtq_bits = 7,
		.asid_bits = h->asid_bits,
		.oas_bits = 40,
		.two_level_strtab = h->two_level_strtab,
		.two_level_cd = h->two_level_cd,
		.ats = h->ats,
		.hyp = h->el2,
		.stall_model = stall[stall_model(c, h)],
		.msi = h->msi,
		.range_inv = h->range_inv,
		/* A guest's addresses end far below the OAS. */
		.stage2 = c->driver->ops->vm_create && h->num_vms,
		.vmid_bits = 8,
		.cache = c->config.cache,
	};
}

static void add_endpoints(struct check *c, const struct trace_header *h,
			  const struct ref_topology *t)
{
	for (unsigned i = 0; i < t->num_devices; i++) {
		world_add_endpoint(c->world, t->device[i].rid, t->device[i].pasid_bits,
				   t->device[i].ats, t->device[i].group);
		for (unsigned stream = 1; stream < t->device[i].streams; stream++)
			world_endpoint_add_stream(
				c->world, i,
				(uint16_t)(t->device[i].rid + stream * TRACE_STREAM_STRIDE));
		world_endpoint_set_smmu(c->world, i, t->device[i].smmu);
		if (h->device[i].stall && c->driver->ops->answers_stalls)
			world_endpoint_can_stall(c->world, i);
	}
}

static uint8_t policy_of(const struct driver_ops *ops)
{
	enum trace_policy policy = trace_policy_find(ops->policy);

	CHECK(policy < TRACE_NUM_POLICIES, "driver %s: there is no policy '%s'", ops->name,
	      ops->policy);
	return (uint8_t)policy;
}

static void reset_run(struct check *c, const struct trace *trace)
{
	memset(&c->divergence, 0, sizeof(c->divergence));
	memset(&c->step, 0, sizeof(c->step));
	memset(c->rules_seen, 0, sizeof(c->rules_seen));
	c->log.num_commands = c->log.commands_lost = 0;
	c->trace = trace;
	c->op = -1;
	c->current = NULL;
	c->running = false;
	c->off = false;
	c->access_rule = NULL;
	c->mediated = false;
	c->unsupported = NULL;
	c->unchecked = 0;
	c->known_end = -1;
	c->allocation_failed = false;
	c->stalled = c->answered = c->stray = c->command_errors = 0;
}

static void reset_smmus(struct check *c, const struct ref_topology *t,
			const struct smmu_profile *profile)
{
	unsigned streams = world_num_streams(c->world);

	c->num_smmus = 1;
	for (unsigned i = 0; i < t->num_devices; i++)
		if (t->device[i].smmu >= c->num_smmus)
			c->num_smmus = t->device[i].smmu + 1u;
	for (unsigned i = 0; i < c->num_smmus; i++) {
		struct check_smmu *smmu = &c->smmus[i];

		smmu->socket->ops->reset(smmu->socket, c->world, profile);
		smmu->model = smmu->socket->ops->model(smmu->socket);
		smmu->num_streams = 0;
		for (unsigned stream = 0; stream < streams; stream++)
			if (t->device[world_stream_device(c->world, stream)].smmu == i)
				smmu->stream[smmu->num_streams++] = (uint8_t)stream;
	}
	look_at(c, 0);
}

/* Does the trace state what comes of an ATS request? */
static bool needs_ats(const struct trace *trace)
{
	for (unsigned i = 0; i < trace->num_ops; i++)
		if (trace->op[i].code == TRACE_OP_ATS && trace->op[i].pin.kind != TRACE_PIN_NONE)
			return true;
	return false;
}

/* NULL, or what the smmu has not. Without ATS, requests are skipped, and nothing else is
 * changed. */
static const char *unsupported(const struct check *c, const struct trace *trace,
			       struct trace_header *h)
{
	struct smmu_profile profile;

	if (!c->smmu->ops->lacks)
		return NULL;
	if (!needs_ats(trace))
		h->ats = false;
	for (unsigned i = 0; i < h->num_devices; i++)
		if (!c->smmus[smmu_of(c, h, i)].socket)
			return "two SMMUs";
	profile = profile_of(c, h);
	/* What comes back is a text. */
	/* cppcheck-suppress returnDanglingLifetime */
	return c->smmu->ops->lacks(&profile);
}

void setup_reset(struct check *c, const struct trace *trace)
{
	struct trace_header header = trace->header;
	const struct trace_header *h = &header;
	struct ref_topology topology;
	struct smmu_profile profile;

	reset_run(c, trace);
	c->policy = policy_of(c->driver->ops);
	c->is_linux = c->policy != REF_POLICY_IO_MM;
	c->stalls = stall_model(c, h) != TRACE_STALL_NONE;
	c->unsupported = unsupported(c, trace, &header);
	if (c->unsupported)
		return;
	topology_of(c, h, &topology);
	profile = profile_of(c, h);
	ref_reset(&c->ref, &topology);
	c->mediated = topology.num_partitions != 0;
	pages_reset(c);
	reach_reset(c);
	world_reset(c->world);
	add_endpoints(c, h, &topology);
	c->world->default_dma = topology.default_dma;
	c->world->on_failure = &c->on_failure;
	c->world->hooks = (struct world_hooks){
		.ctx = c,
		.frame_free = order_frame_free,
		.call = order_call,
		.command = c->log.on ? snapshot_log_command : NULL,
	};
	reset_smmus(c, &topology, &profile);
	c->worst = c->model && c->config.cache == SMMU_CACHE_WORST;
}

/* Set-up runs through the same functions as the ops, so a failure there is a finding as well. */

static bool attach_devices(struct check *c)
{
	const struct trace_header *h = &c->trace->header;
	unsigned groups = 0; /* set of groups that are attached */

	for (unsigned i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];
		const struct trace_op op = {
			.code = TRACE_OP_ATTACH, .device = (uint8_t)i, .process = d->domain};

		if (d->domain == TRACE_NONE || d->group == TRACE_NONE || groups & 1u << d->group)
			continue;
		groups |= 1u << d->group;
		if (!run_quiet_op(c, &op))
			return false;
	}
	return true;
}

/* A-11; Linux has a default domain, and the fault handler that a device needs is asked for. */
static bool init_devices(struct check *c)
{
	const struct trace_header *h = &c->trace->header;

	for (unsigned i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];
		const struct trace_op op = {
			.code = TRACE_OP_INIT,
			.device = (uint8_t)i,
			.child = c->is_linux && c->ref.topology.device[i].stall ? REF_FEAT_IOPF : 0,
		};

		if (!d->sva || !d->pasid_bits || !h->ssid_bits ||
		    (c->is_linux ? d->group : d->domain) == TRACE_NONE)
			continue;
		if (!run_quiet_op(c, &op))
			return false;
	}
	return true;
}

static bool spawn_processes(struct check *c)
{
	for (unsigned i = 0; i < TRACE_MAX_PROCESSES; i++) {
		const struct trace_op op = {.code = TRACE_OP_SPAWN, .process = (uint8_t)i};

		if ((c->trace->header.processes & 1u << i) && !run_quiet_op(c, &op))
			return false;
	}
	return true;
}

/* B-8: functions of VMs, then the processes that live there. */
static bool start_guests(struct check *c)
{
	for (unsigned i = 0; i < c->ref.topology.num_vms; i++) {
		const struct trace_vm *vm = &c->trace->header.vm[i];
		const struct trace_op assign = {
			.code = TRACE_OP_ASSIGN, .device = vm->device, .max = (uint8_t)i};

		if (!run_quiet_op(c, &assign))
			return false;
		for (unsigned p = 0; p < TRACE_MAX_PROCESSES; p++) {
			const struct trace_op spawn = {.code = TRACE_OP_GUEST_SPAWN,
						       .process = (uint8_t)p,
						       .max = (uint8_t)i};

			if ((vm->processes & 1u << p) && !run_quiet_op(c, &spawn))
				return false;
		}
	}
	return true;
}

static int start_owners(struct check *c)
{
	struct owners_topology topology;

	if (!has_owners(c))
		return 0;
	owners_topology_of(c, &c->ref.topology, &topology);
	return owners_start(c->owners, c->world, c->driver, &topology);
}

void setup_run(struct check *c)
{
	const struct trace_header *h = &c->trace->header;
	struct smmu_socket *smmus[WORLD_MAX_SMMUS] = {0};
	int error;

	c->running = true;
	world_begin_op(c->world);
	for (unsigned i = 0; i < c->num_smmus; i++)
		smmus[i] = c->smmus[i].socket;
	error = c->driver->ops->probe(c->driver, c->world, smmus);
	for (unsigned i = 0; i < h->num_domains && !error; i++)
		error = c->driver->ops->domain_alloc(c->driver, i,
						     h->domain_type[i] == TRACE_DOMAIN_IDENTITY
							     ? DRIVER_DOMAIN_IDENTITY
							     : DRIVER_DOMAIN_STAGE1,
						     domain_device(h, i));
	if (!error)
		error = start_owners(c);
	if (error) {
		diverge(c, DIVERGENCE_RESULT, "A-3", "the driver comes up", "error %d", error);
		return;
	}
	c->world->fail_nth = c->fail_allocation;
	if (!attach_devices(c) || !init_devices(c) || !spawn_processes(c) || !start_guests(c))
		return;
	compare_state(c);
	if (!diverged(c))
		compare_silence(c);
}
