/* SPDX-License-Identifier: MIT */
/* QEMU beside the model: start, reset, and the actions of a trace as one batch. */
#include "peer_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compared after every trace; the first few are what the SMMU itself changes. */
static const uint16_t compared[PEER_REGS] = {
	SMMU_REG_CMDQ_CONS,
	SMMU_REG_GERROR,
	SMMU_REG_GERRORN,
	SMMU_REG_CR0ACK,
	SMMU_REG_CMDQ_PROD,
	SMMU_REG_CR0,
	SMMU_REG_CR1,
	SMMU_REG_CR2,
	SMMU_REG_IRQ_CTRL,
	SMMU_REG_IRQ_CTRLACK,
	SMMU_REG_STRTAB_BASE,
	SMMU_REG_STRTAB_BASE_CFG,
	SMMU_REG_CMDQ_BASE,
	SMMU_REG_EVENTQ_BASE,
	SMMU_REG_GERROR_IRQ_CFG0,
	SMMU_REG_GERROR_IRQ_CFG1,
	SMMU_REG_GERROR_IRQ_CFG2,
	SMMU_REG_EVENTQ_IRQ_CFG0,
	SMMU_REG_EVENTQ_IRQ_CFG1,
	SMMU_REG_EVENTQ_IRQ_CFG2,
};
/* In page 1, so not of 16 bits. */
static const uint32_t compared_page1[] = {SMMU_REG_EVENTQ_PROD, SMMU_REG_EVENTQ_CONS};

uint32_t peer_reg_offset(unsigned index)
{
	return index < 2 ? compared_page1[index] : compared[index - 2];
}

static bool start(struct dev_peer *peer, struct error *error)
{
	const struct qemu_options options = {
		.functions = PEER_FUNCTIONS,
		.ram_bytes = DEV_RAM_BYTES,
		.ram_fd = -1,
	};
	char why[256];

	peer->machine = qemu_start(&options, why, sizeof(why));
	if (!peer->machine)
		return error_set(error, "%s", why);
	peer->counts.starts++;
	peer->gerror = 0;
	peer->wrecked = peer->two_level = false;
	memset(peer->dirty, 0, sizeof(peer->dirty));
	memset(qemu_ram(peer->machine), 0, DEV_RAM_BYTES);
	return true;
}

bool peer_restart(struct dev_peer *peer)
{
	struct error error = {0};

	if (peer->machine)
		qemu_stop(peer->machine);
	peer->machine = NULL;
	for (unsigned i = 0; i < 3; i++)
		if (start(peer, &error))
			return true;
	return false;
}

struct dev_peer *dev_peer_create(struct dev_known *known, const char *fault, struct error *error)
{
	const struct dev_model_options options = {.log = true, .read_back = true, .fault = fault};
	struct dev_peer *peer = calloc(1, sizeof(*peer));

	CHECK(peer, "no memory for the peer");
	peer->known = known;
	peer->model = dev_model_create(&options, error);
	if (peer->model && start(peer, error))
		return peer;
	dev_peer_destroy(peer);
	return NULL;
}

bool dev_peer_available(char *why, size_t why_size)
{
	return qemu_available(NULL, why, why_size);
}

void dev_peer_destroy(struct dev_peer *peer)
{
	if (!peer)
		return;
	if (peer->machine)
		qemu_stop(peer->machine);
	if (peer->model)
		dev_model_destroy(peer->model);
	free(peer);
}

struct dev_header dev_peer_header(void)
{
	struct dev_header header = dev_default_header();
	int index = dev_profile_find("qemu", strlen("qemu"));

	CHECK(index >= 0, "there is no profile 'qemu'");
	header.profile = (uint8_t)index;
	header.cmdq = DEV_CMDQ_BITS;
	header.evtq = DEV_EVTQ_BITS;
	dev_normalize_header(&header);
	return header;
}

const char *dev_peer_refuses(const struct dev_header *header)
{
	struct dev_header ours = dev_peer_header();

	if (header->profile != ours.profile)
		return "a profile other than qemu";
	if (header->cache != SMMU_CACHE_EXACT)
		return "a cache mode other than exact";
	if (memcmp(header->override, ours.override, sizeof(ours.override)))
		return "overrides of the profile";
	return NULL;
}

/* Accesses of 8 bytes to registers of 4 are not said to work (6.2). */
static bool takes_register(const struct dev_op *op)
{
	uint32_t offset = (uint32_t)op->w[0] & 0x3ffff;
	unsigned size = (unsigned)(op->w[0] >> 18 & 3);

	return dev_reg_name(offset) && (!size || (size == 2) == (dev_reg_size(offset) == 8));
}

bool dev_peer_takes(const struct dev_op *op)
{
	bool ssv = op->w[0] >> 52 & 1, privileged = op->w[0] >> 55 & 1;
	uint32_t sid = (uint32_t)op->w[0];

	if (op->code == DEV_OP_REG || op->code == DEV_OP_READ)
		return takes_register(op);
	if (op->code != DEV_OP_DMA)
		return op->code < DEV_OP_DMA || op->code == DEV_OP_EVENT || op->code == DEV_OP_LOAD;
	return !ssv && !privileged && (op->w[0] >> 53 & 3) != DEV_EXEC && sid >= DEV_FIRST_SID &&
	       sid < DEV_FIRST_SID + PEER_FUNCTIONS && !(op->w[1] >> PEER_BUS_BITS);
}

static void reg(struct dev_peer *peer, uint32_t offset, uint64_t value)
{
	qemu_write(peer->machine, QEMU_SMMU_BASE + offset, dev_reg_size(offset), value);
}

/*
 * GERROR only toggles (6.3.19): a bit that an earlier trace left set is toggled back by one more
 * error of its kind: an illegal command from a queue of its own, an event record that has no memory.
 */
static void toggle_back(struct dev_peer *peer)
{
	uint64_t queue = DEV_PAGE(DEV_RAM_PAGES - 1);

	reg(peer, SMMU_REG_CMDQ_BASE, queue | 1);
	reg(peer, SMMU_REG_CMDQ_PROD, 0);
	reg(peer, SMMU_REG_CMDQ_CONS, 0);
	qemu_write(peer->machine, queue, 8, SMMU_CMD_CFGI_STE_RANGE);
	qemu_write(peer->machine, queue + 8, 8, 31);
	qemu_write(peer->machine, queue + 16, 8, 0xff);
	reg(peer, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	reg(peer, SMMU_REG_CMDQ_PROD, peer->gerror & SMMU_GERROR_CMDQ_ERR ? 2 : 1);
	reg(peer, SMMU_REG_CR0, 0);
	for (unsigned i = 0; i < 3; i++)
		qemu_write(peer->machine, queue + 8ull * i, 8, 0);
	if (peer->gerror & SMMU_GERROR_EVENTQ_ABT_ERR) {
		reg(peer, SMMU_REG_EVENTQ_BASE, DEV_PAGE(DEV_RAM_PAGES));
		reg(peer, SMMU_REG_EVENTQ_PROD, 0);
		reg(peer, SMMU_REG_EVENTQ_CONS, 0);
		reg(peer, SMMU_REG_STRTAB_BASE_CFG, 0);
		reg(peer, SMMU_REG_CR0, SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN);
		qemu_dma(peer->machine, 0, 0, 4, QEMU_DMA_FILL);
		reg(peer, SMMU_REG_CR0, 0);
	}
	reg(peer, SMMU_REG_GERRORN, 0);
}

bool peer_reset(struct dev_peer *peer, bool two_level)
{
	uint8_t *ram;

	/* Once it has seen STRTAB_BASE_CFG.FMT = 1 there is no way back (corpus/known/qemu-strtab-fmt). */
	if ((peer->gerror & ~(SMMU_GERROR_CMDQ_ERR | SMMU_GERROR_EVENTQ_ABT_ERR) ||
	     (peer->two_level && !two_level)) &&
	    !peer_restart(peer))
		return false;
	ram = qemu_ram(peer->machine);
	for (unsigned page = 0; page < DEV_RAM_PAGES; page++)
		if (peer->dirty[page / 64] >> page % 64 & 1)
			memset(ram + page * 4096ul, 0, 4096);
	memset(peer->dirty, 0, sizeof(peer->dirty));
	reg(peer, SMMU_REG_CR0, 0);
	if (peer->gerror) {
		reg(peer, SMMU_REG_GERRORN, peer->gerror);
		toggle_back(peer);
	}
	peer->gerror = 0;
	reg(peer, SMMU_REG_GERRORN, 0);
	if (!peer->wrecked)
		return true;
	for (unsigned i = 0; i < PEER_REGS; i++)
		if (compared[i] >= SMMU_REG_GERROR_IRQ_CFG0)
			reg(peer, compared[i], 0);
	peer->wrecked = false;
	return true;
}

/* Nothing but stores yet: they need no place in the batch. */
static unsigned first_in_order(const struct dev_action *action, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (action[i].step != DEV_SETUP_STEP && action[i].kind != DEV_ACT_STORE)
			break;
	return i;
}

static void may_change(struct dev_peer *peer, uint64_t addr)
{
	uint64_t page = (addr - DEV_RAM_BASE) / 4096;

	if (page < DEV_RAM_PAGES)
		peer->dirty[page / 64] |= 1ull << page % 64;
}

/*
 * Pages that QEMU may write to although the model does not: those that a stored descriptor names,
 * and what a transfer comes to through a block.
 */
static void note_pages(struct dev_peer *peer, const struct dev_action *a)
{
	/* The largest granule, as the offset in a page comes from another address. */
	for (unsigned i = 0; a->kind == DEV_ACT_STORE && i < 16; i++)
		may_change(peer, (a->value & SMMU_MASK(47, 16)) + i * 4096);
	if (a->kind != DEV_ACT_DMA)
		return;
	may_change(peer, a->addr);
	may_change(peer, DEV_RAM_BASE + (a->addr & SMMU_MASK(20, 12)));
	may_change(peer, DEV_PAGE(DEV_DATA_PAGE) + (a->addr & SMMU_MASK(20, 12)));
}

void peer_emit(struct dev_peer *peer, unsigned from, bool early)
{
	unsigned count;
	const struct dev_action *action = dev_model_actions(peer->model, &count);
	unsigned in_order = early ? first_in_order(action, count) : 0;
	uint8_t *ram = qemu_ram(peer->machine);

	for (unsigned i = from; i < count; i++) {
		const struct dev_action *a = &action[i];

		note_pages(peer, a);
		if (a->kind == DEV_ACT_STORE && i < in_order)
			memcpy(ram + (a->addr - DEV_RAM_BASE), &a->value, 8);
		else if (a->kind == DEV_ACT_STORE)
			qemu_write(peer->machine, a->addr, 8, a->value);
		else if (a->kind == DEV_ACT_REG)
			qemu_write(peer->machine, QEMU_SMMU_BASE + a->addr, a->size, a->value);
		else if (a->kind == DEV_ACT_READ)
			qemu_read(peer->machine, QEMU_SMMU_BASE + a->addr, a->size, &peer->read[i]);
		else
			qemu_dma(peer->machine, a->sid - DEV_FIRST_SID, a->addr, a->size,
				 a->dir == DEV_WRITE ? QEMU_DMA_FILL : QEMU_DMA_INVERT);
		peer->two_level |= a->kind == DEV_ACT_REG && a->addr == SMMU_REG_STRTAB_BASE_CFG &&
				   smmu_get(a->value, SMMU_STRTAB_CFG_FMT);
		peer->wrecked |= a->kind == DEV_ACT_REG && a->step != DEV_SETUP_STEP &&
				 a->addr != SMMU_REG_CMDQ_PROD && a->addr != SMMU_REG_EVENTQ_CONS;
	}
}

enum qemu_status peer_finish(struct dev_peer *peer)
{
	enum qemu_status status;

	peer->num_regs = peer->wrecked ? PEER_ALL_REGS : PEER_FEW_REGS;
	for (unsigned i = 0; i < peer->num_regs; i++)
		qemu_read(peer->machine, QEMU_SMMU_BASE + peer_reg_offset(i),
			  dev_reg_size(peer_reg_offset(i)), &peer->reg[i]);
	status = qemu_flush(peer->machine);
	peer->gerror = (uint32_t)peer->reg[PEER_GERROR];
	for (unsigned i = 0; i < DEV_PAGE_WORDS; i++)
		peer->dirty[i] |= dev_model_touched(peer->model)[i];
	peer->dirty[DEV_EVTQ_PAGE / 64] |= 1ull << DEV_EVTQ_PAGE % 64;
	return status;
}

const char *dev_peer_version(const struct dev_peer *peer)
{
	return qemu_version(peer->machine);
}

struct dev_peer_counts dev_peer_counts(const struct dev_peer *peer)
{
	return peer->counts;
}
