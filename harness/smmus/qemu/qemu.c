/* SPDX-License-Identifier: MIT */
/* QEMU's SMMUv3 behind the smmu socket: its start and reset, and the registers of the front. */
#include "front.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_MS = 5000, OAS_44 = 4 };

static struct qemu_front *to_front(struct smmu_socket *socket)
{
	return (struct qemu_front *)(void *)socket;
}

static bool ended(struct qemu_front *front, const char *words)
{
	snprintf(front->end_text, sizeof(front->end_text), "%s", words);
	front->end = (struct smmu_end){SMMU_END_CRASH, front->end_text};
	return false;
}

bool qemu_front_flush(struct qemu_front *front)
{
	if (front->end.kind == SMMU_END_CRASH)
		return false;
	if (qemu_flush(front->machine) == QEMU_OK)
		return true;
	return ended(front, qemu_last_words(front->machine));
}

/* A process of its own for every process: what a parent has started is not ours to talk to. */
static bool start(struct qemu_front *front)
{
	struct qemu_options options = {
		.functions = QEMU_PAIRS,
		.ram_bytes = WORLD_RAM_SIZE + QEMU_OWN_BYTES,
		.limit_ms = LIMIT_MS,
	};
	struct error error = {0};
	char why[400];

	if (front->machine && front->owner == getpid() && qemu_flush(front->machine) == QEMU_OK)
		return true;
	if (front->owner == getpid()) {
		qemu_stop(front->machine);
	} else {
		front->ram_fd = ram_share(&front->world->ram, QEMU_OWN_BYTES, &error);
		front->owner = getpid();
	}
	front->machine = NULL;
	if (front->ram_fd < 0)
		return ended(front, error.text);
	options.ram_fd = front->ram_fd;
	front->machine = qemu_start(&options, why, sizeof(why));
	return front->machine || ended(front, why);
}

/* 6.3.9, 3.11: QEMU's own tables and queues, nothing in its caches. */
static void set_up(struct qemu_front *front)
{
	uint64_t cmdq, eventq, gerror;

	memset(qemu_own(front, 0), 0, QEMU_OWN_BYTES);
	qemu_front_write(front, SMMU_REG_CR0, 4, 0);
	qemu_front_write(front, SMMU_REG_CR1, 4, 0xd75); /* write-back, inner shareable (6.3.11) */
	qemu_front_write(front, SMMU_REG_STRTAB_BASE, 8, qemu_own_pa(QEMU_OWN_STRTAB));
	qemu_front_write(front, SMMU_REG_STRTAB_BASE_CFG, 4, QEMU_SID_BITS);
	qemu_front_write(front, SMMU_REG_CMDQ_BASE, 8, qemu_own_pa(QEMU_OWN_CMDQ) | QEMU_CMDQ_BITS);
	qemu_front_write(front, SMMU_REG_EVENTQ_BASE, 8,
			 qemu_own_pa(QEMU_OWN_EVENTQ) | QEMU_EVENTQ_BITS);
	qemu_front_write(front, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_CMDQ_PROD, 4, &cmdq);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_EVENTQ_PROD, 4, &eventq);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_GERROR, 4, &gerror);
	if (!qemu_front_flush(front))
		return;
	front->cmdq_prod = (uint32_t)cmdq;
	front->eventq_cons = (uint32_t)eventq;
	front->gerrorn = (uint32_t)gerror;
	qemu_front_write(front, SMMU_REG_EVENTQ_CONS, 4, front->eventq_cons);
	qemu_front_write(front, SMMU_REG_GERRORN, 4, front->gerrorn);
	qemu_forget_all(front);
}

static void qemu_reset(struct smmu_socket *socket, struct world *world,
		       const struct smmu_profile *profile)
{
	struct qemu_front *front = to_front(socket);

	front->world = world;
	front->profile = *profile;
	front->end = (struct smmu_end){SMMU_END_NONE, ""};
	front->reg = (struct qemu_registers){0};
	front->num_pairs = front->num_commands = 0;
	world->port[0] = (struct world_port){.ctx = front, .access = qemu_access};
	world->worst_caches = false;
	if (start(front))
		set_up(front);
}

/* 6.3.1 .. 6.3.6: QEMU's features, and SubstreamIDs and tables of two levels, which are the front's. */
static uint32_t idr0(const struct smmu_profile *profile)
{
	return (uint32_t)(SMMU_IDR0_S1P | smmu_put(SMMU_IDR0_TTF, SMMU_IDR0_TTF_AARCH64) |
			  SMMU_IDR0_COHACC | SMMU_IDR0_TERM_MODEL |
			  (profile->asid_bits == 16 ? SMMU_IDR0_ASID16 : 0) |
			  (profile->two_level_cd ? SMMU_IDR0_CD2L : 0) |
			  smmu_put(SMMU_IDR0_TTENDIAN, SMMU_IDR0_TTENDIAN_LITTLE) |
			  smmu_put(SMMU_IDR0_STALL_MODEL, SMMU_IDR0_STALL_MODEL_NONE) |
			  smmu_put(SMMU_IDR0_ST_LEVEL,
				   profile->two_level_strtab ? SMMU_IDR0_ST_LEVEL_2LVL : 0));
}

static uint32_t idr1(const struct smmu_profile *profile)
{
	return (uint32_t)(smmu_put(SMMU_IDR1_SIDSIZE, profile->sid_bits) |
			  smmu_put(SMMU_IDR1_SSIDSIZE, profile->ssid_bits) |
			  smmu_put(SMMU_IDR1_EVENTQS, profile->evtq_bits) |
			  smmu_put(SMMU_IDR1_CMDQS, profile->cmdq_bits));
}

static uint32_t idr5(const struct smmu_profile *profile)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44};
	unsigned oas = 0;

	while (oas < OAS_44 && bits[oas + 1] <= profile->oas_bits)
		oas++;
	return (uint32_t)(smmu_put(SMMU_IDR5_OAS, oas) | SMMU_IDR5_GRAN4K);
}

static uint64_t qemu_reg_read(struct smmu_socket *socket, uint32_t offset, unsigned size)
{
	const struct qemu_front *front = to_front(socket);
	const struct qemu_registers *reg = &front->reg;

	(void)size;
	switch (offset) {
	case SMMU_REG_IDR0:
		return idr0(&front->profile);
	case SMMU_REG_IDR1:
		return idr1(&front->profile);
	case SMMU_REG_IDR5:
		return idr5(&front->profile);
	case SMMU_REG_CR0:
	case SMMU_REG_CR0ACK:
		return reg->cr0;
	case SMMU_REG_CR1:
		return reg->cr1;
	case SMMU_REG_CR2:
		return reg->cr2;
	case SMMU_REG_GBPA:
		return reg->gbpa;
	case SMMU_REG_IRQ_CTRL:
	case SMMU_REG_IRQ_CTRLACK:
		return reg->irq_ctrl;
	case SMMU_REG_GERROR:
		return reg->gerror;
	case SMMU_REG_GERRORN:
		return reg->gerrorn;
	case SMMU_REG_STRTAB_BASE:
		return reg->strtab_base;
	case SMMU_REG_STRTAB_BASE_CFG:
		return reg->strtab_cfg;
	case SMMU_REG_CMDQ_BASE:
		return reg->cmdq_base;
	case SMMU_REG_CMDQ_PROD:
		return reg->cmdq_prod;
	case SMMU_REG_CMDQ_CONS:
		return reg->cmdq_cons;
	case SMMU_REG_EVENTQ_BASE:
		return reg->eventq_base;
	case SMMU_REG_EVENTQ_PROD:
		return reg->eventq_prod;
	case SMMU_REG_EVENTQ_CONS:
		return reg->eventq_cons;
	default:
		return 0;
	}
}

/* SMMUEN is QEMU's too; its queues are always on. */
static void write_cr0(struct qemu_front *front, uint32_t value)
{
	const uint32_t there = SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN;

	front->reg.cr0 = value & there;
	if (front->end.kind == SMMU_END_CRASH)
		return;
	qemu_front_write(front, SMMU_REG_CR0, 4,
			 (value & SMMU_CR0_SMMUEN) | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN);
	qemu_front_flush(front);
	qemu_consume(front);
}

static uint32_t *plain_register(struct qemu_registers *reg, uint32_t offset)
{
	switch (offset) {
	case SMMU_REG_CR1:
		return &reg->cr1;
	case SMMU_REG_CR2:
		return &reg->cr2;
	case SMMU_REG_IRQ_CTRL:
		return &reg->irq_ctrl;
	case SMMU_REG_STRTAB_BASE_CFG:
		return &reg->strtab_cfg;
	case SMMU_REG_CMDQ_CONS:
		return &reg->cmdq_cons;
	case SMMU_REG_EVENTQ_PROD:
		return &reg->eventq_prod;
	case SMMU_REG_EVENTQ_CONS:
		return &reg->eventq_cons;
	default:
		return NULL;
	}
}

static void qemu_reg_write(struct smmu_socket *socket, uint32_t offset, unsigned size,
			   uint64_t value)
{
	struct qemu_front *front = to_front(socket);
	struct qemu_registers *reg = &front->reg;
	uint32_t *plain = plain_register(reg, offset);

	(void)size;
	if (plain)
		*plain = (uint32_t)value;
	switch (offset) {
	case SMMU_REG_CR0:
		write_cr0(front, (uint32_t)value);
		break;
	case SMMU_REG_GBPA: /* 6.3.14: a write without Update is ignored */
		if (value & SMMU_GBPA_UPDATE)
			reg->gbpa = (uint32_t)(value & SMMU_GBPA_ATTRIBUTES);
		break;
	case SMMU_REG_STRTAB_BASE:
		reg->strtab_base = value;
		break;
	case SMMU_REG_CMDQ_BASE:
		reg->cmdq_base = value;
		break;
	case SMMU_REG_EVENTQ_BASE:
		reg->eventq_base = value;
		break;
	case SMMU_REG_CMDQ_PROD:
		reg->cmdq_prod = (uint32_t)value;
		qemu_consume(front);
		break;
	case SMMU_REG_GERRORN:
		reg->gerrorn = (uint32_t)value;
		qemu_consume(front);
		break;
	default:
		break;
	}
}

static struct smmu *qemu_model(struct smmu_socket *socket)
{
	(void)socket;
	return NULL;
}

static bool qemu_set_fault(struct smmu_socket *socket, const char *fault)
{
	(void)socket;
	return !*fault;
}

static bool qemu_is_there(struct error *error)
{
	char why[400];

	return qemu_available(NULL, why, sizeof(why)) || error_set(error, "%s", why);
}

static const char *qemu_lacks(const struct smmu_profile *profile)
{
	if (profile->ats)
		return "ATS";
	if (profile->stall_model != SMMU_STALL_NONE)
		return "stalls";
	if (profile->stage2)
		return "stage 2";
	return NULL;
}

static struct smmu_end qemu_end(struct smmu_socket *socket)
{
	return to_front(socket)->end;
}

const struct smmu_socket_ops qemu_smmu_ops = {
	.name = "qemu",
	.doc = "QEMU's SMMUv3 in a process of its own; a PCI function for each (device, PASID)",
	.reset = qemu_reset,
	.read = qemu_reg_read,
	.write = qemu_reg_write,
	.model = qemu_model,
	.set_fault = qemu_set_fault,
	.available = qemu_is_there,
	.lacks = qemu_lacks,
	.end = qemu_end,
};

struct smmu_socket *qemu_smmu(unsigned number)
{
	static struct qemu_front instance = {.ram_fd = -1};

	instance.socket.ops = &qemu_smmu_ops;
	return number ? NULL : &instance.socket;
}
