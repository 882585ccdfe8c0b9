/* SPDX-License-Identifier: MIT */
/*
 * The driver's Command queue (4): what is about streams becomes commands about QEMU's functions,
 * the rest goes to QEMU as it is. Whether a command is wrong is for QEMU to say (7.1).
 */
#include "front.h"

enum { CMDQ_MASK = (2 << QEMU_CMDQ_BITS) - 1, MOST_OF_ONE = QEMU_PAIRS };

static uint64_t *own_entry(struct qemu_front *front, uint32_t index)
{
	return qemu_own(front, QEMU_OWN_CMDQ + (index & CMDQ_MASK >> 1) * (uint64_t)SMMU_CMD_BYTES);
}

static void raise_gerror(struct qemu_front *front, uint32_t error)
{
	front->reg.gerror ^= error;
	if (front->reg.irq_ctrl & SMMU_IRQ_CTRL_GERROR_IRQEN)
		world_raise_irq(front->world, SMMU_IRQ_GERROR);
}

static void command_error(struct qemu_front *front, uint32_t index, unsigned error)
{
	front->reg.cmdq_cons = index | (uint32_t)smmu_put(SMMU_CMDQ_CONS_ERR, error);
	raise_gerror(front, SMMU_GERROR_CMDQ_ERR);
}

/*
 * 7.1: QEMU has stopped at a command. The driver hears of it as of its own; the commands behind it
 * have not been carried out, and QEMU gets CMD_SYNCs instead: the driver's queue still has them.
 */
static void pass_on_error(struct qemu_front *front, uint32_t first, uint32_t cons, uint32_t gerror)
{
	uint32_t done = (cons - first) & CMDQ_MASK;

	command_error(front, front->source[done < front->num_commands ? done : 0],
		      (unsigned)smmu_get(cons, SMMU_CMDQ_CONS_ERR));
	for (uint32_t i = done; i < front->num_commands; i++) {
		own_entry(front, first + i)[0] = SMMU_CMD_SYNC;
		own_entry(front, first + i)[1] = 0;
	}
	front->gerrorn = gerror;
	qemu_front_write(front, SMMU_REG_GERRORN, 4, gerror);
	qemu_front_write(front, SMMU_REG_CMDQ_PROD, 4, front->cmdq_prod);
	qemu_front_flush(front);
}

/* False: one of them was wrong. */
static bool submit(struct qemu_front *front)
{
	uint32_t first = (front->cmdq_prod - front->num_commands) & CMDQ_MASK;
	uint64_t cons, gerror;
	bool good = true;

	if (!front->num_commands)
		return true;
	qemu_front_write(front, SMMU_REG_CMDQ_PROD, 4, front->cmdq_prod);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_CMDQ_CONS, 4, &cons);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_GERROR, 4, &gerror);
	if (qemu_front_flush(front) && (gerror ^ front->gerrorn) & SMMU_GERROR_CMDQ_ERR) {
		pass_on_error(front, first, (uint32_t)cons, (uint32_t)gerror);
		good = false;
	}
	front->num_commands = 0;
	return good;
}

static void push(struct qemu_front *front, struct smmu_command command)
{
	uint64_t *entry = own_entry(front, front->cmdq_prod);

	entry[0] = command.word[0];
	entry[1] = command.word[1];
	front->source[front->num_commands++] = front->reg.cmdq_cons;
	front->cmdq_prod = (front->cmdq_prod + 1) & CMDQ_MASK;
}

static bool names(const struct qemu_front *front, unsigned function,
		  const struct smmu_command *command)
{
	const struct qemu_pair *pair = &front->pair[function];
	uint32_t sid = (uint32_t)smmu_get(command->word[0], SMMU_CMD0_SID);
	uint32_t ssid = (uint32_t)smmu_get(command->word[0], SMMU_CMD0_SSID);
	unsigned range = (unsigned)smmu_get(command->word[1], SMMU_CMD1_RANGE);

	switch (smmu_get(command->word[0], SMMU_CMD0_OPCODE)) {
	case SMMU_CMD_CFGI_STE_RANGE:
		return (uint64_t)pair->sid >> (range + 1) == (uint64_t)sid >> (range + 1);
	case SMMU_CMD_CFGI_CD: /* traffic without a SubstreamID may have used CD 0 */
		return pair->sid == sid && pair->ssid == ssid;
	default:
		return pair->sid == sid;
	}
}

/* 4.3: with the StreamID of each function that the command is about. */
static void push_for_functions(struct qemu_front *front, const struct smmu_command *command)
{
	bool cd = smmu_get(command->word[0], SMMU_CMD0_OPCODE) == SMMU_CMD_CFGI_CD;

	for (unsigned i = 0; i < front->num_pairs; i++) {
		uint32_t sid = qemu_function_sid(front->machine, i);
		bool leaf = command->word[1] & SMMU_CMD1_LEAF;

		if (names(front, i, command))
			push(front,
			     cd ? smmu_cmd_cfgi_cd(sid, 0, leaf) : smmu_cmd_cfgi_ste(sid, leaf));
	}
}

/* 4.7.3: what was to be done is done. */
static bool complete(struct qemu_front *front, const struct smmu_command *command)
{
	push(front, smmu_cmd_sync(SMMU_SYNC_NONE));
	if (!submit(front))
		return false;
	if (smmu_get(command->word[0], SMMU_SYNC0_CS) == SMMU_SYNC_IRQ)
		world_raise_irq(front->world, SMMU_IRQ_SYNC);
	return true;
}

static bool take(struct qemu_front *front, const struct smmu_command *command)
{
	switch (smmu_get(command->word[0], SMMU_CMD0_OPCODE)) {
	case SMMU_CMD_PREFETCH_CONFIG:
	case SMMU_CMD_PREFETCH_ADDR:
		return true; /* 4.2: may be ignored; it could name a pair that QEMU never saw */
	case SMMU_CMD_CFGI_STE_RANGE:
		if (smmu_get(command->word[1], SMMU_CMD1_RANGE) == SMMU_CMD1_RANGE_ALL) {
			push(front, *command);
			return true;
		}
		/* fall through */
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
		push_for_functions(front, command);
		return true;
	case SMMU_CMD_SYNC:
		return complete(front, command);
	default:
		push(front, *command);
		return true;
	}
}

void qemu_forget_all(struct qemu_front *front)
{
	push(front, smmu_cmd_cfgi_all());
	push(front, smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0));
	push(front, smmu_cmd_sync(SMMU_SYNC_NONE));
	submit(front);
}

/* For whoever looks on: whether QEMU will refuse it is not known yet. */
static void tell(const struct qemu_front *front, const struct smmu_command *command)
{
	const struct world_hooks *hooks = &front->world->hooks;

	if (hooks->command)
		hooks->command(hooks->ctx, 0, command->word, true);
}

void qemu_consume(struct qemu_front *front)
{
	struct qemu_registers *reg = &front->reg;
	unsigned log2 = (unsigned)smmu_get(reg->cmdq_base, SMMU_Q_BASE_LOG2SIZE);
	uint32_t mask = (2u << log2) - 1;

	/* Nobody waits for a QEMU that is no more. */
	if (front->end.kind == SMMU_END_CRASH)
		reg->cmdq_cons = reg->cmdq_prod;
	if (!(reg->cr0 & SMMU_CR0_CMDQEN) || (reg->gerror ^ reg->gerrorn) & SMMU_GERROR_CMDQ_ERR)
		return;
	while ((reg->cmdq_cons ^ reg->cmdq_prod) & mask) {
		uint64_t pa = (reg->cmdq_base & SMMU_Q_BASE_ADDR) +
			      (uint64_t)(reg->cmdq_cons & mask >> 1) * SMMU_CMD_BYTES;
		struct smmu_command command;

		reg->cmdq_cons &= mask;
		if (!qemu_load(front, pa, &command.word[0]) ||
		    !qemu_load(front, pa + 8, &command.word[1])) {
			if (submit(front))
				command_error(front, reg->cmdq_cons, SMMU_CERROR_ABT);
			return;
		}
		tell(front, &command);
		if (!take(front, &command))
			return;
		reg->cmdq_cons = (reg->cmdq_cons + 1) & mask;
		if (front->num_commands + MOST_OF_ONE > CMDQ_MASK >> 1 && !submit(front))
			return;
	}
	submit(front);
}
