/* SPDX-License-Identifier: MIT */
/* Connects models/smmuv3 to the world: memory, interrupts, endpoints, reported stores. */
#include "emulated.h"

#include "../../../models/smmuv3/smmu_state.h"
#include "../../world/world.h"

#include <string.h>

struct emulated {
	struct smmu_socket socket; /* first: the socket is the instance */
	unsigned number;	   /* among the SMMUs of the machine */
	struct world *world;
	struct smmu smmu;
	uint8_t num_streams; /* the world's numbers of its streams */
	uint8_t stream[SMMU_MAX_STREAMS];
	uint8_t fault; /* enum smmu_fault_id, planted by every reset */
};

static struct emulated *to_emulated(struct smmu_socket *socket)
{
	return (struct emulated *)(void *)socket;
}

/* Bus: the model's side. Only frames in use answer; anything else is an external abort. */

static bool bus_read(void *ctx, uint64_t pa, uint64_t *value)
{
	const struct emulated *e = ctx;

	if (!ram_live(&e->world->ram, pa))
		return false;
	*value = ram_load(pa);
	return true;
}

static const volatile uint64_t *bus_page(void *ctx, uint64_t pa)
{
	const struct emulated *e = ctx;

	return ram_live(&e->world->ram, pa) ? (const volatile uint64_t *)(uintptr_t)pa : NULL;
}

static bool bus_write(void *ctx, uint64_t pa, uint64_t value)
{
	const struct emulated *e = ctx;

	if (!ram_live(&e->world->ram, pa))
		return false;
	ram_store(pa, value);
	return true;
}

/* A message (3.18): software reads it, hardware does not. */
static bool bus_write32(void *ctx, uint64_t pa, uint32_t value)
{
	const struct emulated *e = ctx;

	if (!ram_live(&e->world->ram, pa))
		return false;
	*(volatile uint32_t *)(uintptr_t)pa = value;
	return true;
}

static void bus_irq(void *ctx, enum smmu_irq irq)
{
	struct emulated *e = ctx;

	if (irq == SMMU_IRQ_EVENT) /* nothing here sleeps in WFE */
		return;
	world_raise_irq(e->world, e->number * WORLD_SMMU_IRQS + irq);
}

static bool bus_atc_inv(void *ctx, const struct smmu_atc_inv *inv)
{
	struct emulated *e = ctx;

	world_atc_invalidate(e->world, e->number, inv);
	return true;
}

static void bus_command(void *ctx, const uint64_t word[2], bool accepted)
{
	const struct emulated *e = ctx;
	const struct world_hooks *hooks = &e->world->hooks;

	if (hooks->command)
		hooks->command(hooks->ctx, e->number, word, accepted);
}

/* Port: the world's side. */

static struct smmu_response port_access(void *ctx, const struct smmu_request *request)
{
	struct emulated *e = ctx;

	return smmu_access(&e->smmu, request);
}

static enum smmu_stall_answer port_stall_take(void *ctx, uint32_t sid, uint16_t stag)
{
	struct emulated *e = ctx;

	return smmu_stall_take(&e->smmu, sid, stag);
}

static void port_set_ats(void *ctx, unsigned device, bool enabled)
{
	struct emulated *e = ctx;

	for (unsigned i = 0; i < e->num_streams; i++)
		if (world_stream_device(e->world, e->stream[i]) == device)
			smmu_stream_set_ats(&e->smmu, i, enabled);
}

static void port_store(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct emulated *e = ctx;

	smmu_note_store(&e->smmu, pa, old_value, new_value);
}

static void port_pte(void *ctx, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		     uint64_t new_desc)
{
	struct emulated *e = ctx;

	smmu_note_pte_at(&e->smmu, world_bus_address(root), root, va, level, old_desc, new_desc);
}

/* In the world's order: with one SMMU the model has the world's numbers. */
static void add_streams(struct emulated *e)
{
	const struct world *world = e->world;
	unsigned streams = world_num_streams(world);

	e->num_streams = 0;
	for (unsigned i = 0; i < streams; i++) {
		const struct world_endpoint *endpoint =
			&world->endpoint[world_stream_device(world, i)];
		unsigned stream;

		if (endpoint->smmu != e->number)
			continue;
		stream = smmu_add_stream(&e->smmu, world_stream_id(world, i));
		smmu_stream_set_ssid_bits(&e->smmu, stream, endpoint->pasid_bits);
		e->stream[e->num_streams++] = (uint8_t)i;
	}
}

static void emulated_reset(struct smmu_socket *socket, struct world *world,
			   const struct smmu_profile *profile)
{
	struct emulated *e = to_emulated(socket);
	const struct smmu_bus bus = {
		.ctx = e,
		.read64 = bus_read,
		.write64 = bus_write,
		.write32 = bus_write32,
		.page = bus_page,
		.irq = bus_irq,
		.atc_inv = bus_atc_inv,
		.command = bus_command,
	};

	e->world = world;
	smmu_reset(&e->smmu, profile, &bus);
	e->smmu.fault = e->fault;
	world->port[e->number] = (struct world_port){
		.ctx = e,
		.access = port_access,
		.stall_take = port_stall_take,
		.set_ats = port_set_ats,
		.store = port_store,
		.pte = port_pte,
	};
	world->worst_caches = profile->cache == SMMU_CACHE_WORST;
	add_streams(e);
}

static uint64_t emulated_read(struct smmu_socket *socket, uint32_t offset, unsigned size)
{
	return smmu_reg_read(&to_emulated(socket)->smmu, offset, size);
}

static void emulated_write(struct smmu_socket *socket, uint32_t offset, unsigned size,
			   uint64_t value)
{
	smmu_reg_write(&to_emulated(socket)->smmu, offset, size, value);
}

static struct smmu *emulated_model(struct smmu_socket *socket)
{
	return &to_emulated(socket)->smmu;
}

static const char *const fault_name[SMMU_NUM_FAULTS] = {
	"",
#define FAULT(id, name, rule, kind, text) name,
#include "../../../models/smmuv3/faults.def"
#undef FAULT
};

static bool emulated_set_fault(struct smmu_socket *socket, const char *fault)
{
	for (unsigned i = 0; i < SMMU_NUM_FAULTS; i++)
		if (!strcmp(fault, fault_name[i])) {
			to_emulated(socket)->fault = (uint8_t)i;
			return true;
		}
	return false;
}

const struct smmu_socket_ops emulated_smmu_ops = {
	.name = "emulated",
	.doc = "models/smmuv3: worst-case, exact or no caches",
	.reset = emulated_reset,
	.read = emulated_read,
	.write = emulated_write,
	.model = emulated_model,
	.set_fault = emulated_set_fault,
};

struct smmu_socket *emulated_smmu(unsigned number)
{
	static struct emulated instance[WORLD_MAX_SMMUS];

	if (number >= ARRAY_SIZE(instance))
		return NULL;
	if (!instance[number].socket.ops) {
		instance[number].socket.ops = &emulated_smmu_ops;
		instance[number].number = number;
	}
	return &instance[number].socket;
}
