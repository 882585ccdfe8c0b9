/* SPDX-License-Identifier: MIT */
/*
 * The command queue (3.5, 4): entries are written ahead and handed over by a sync. A full queue
 * and a command error (7.1) are waited out; the wait spins, because table entries change under
 * the SVA spinlock.
 */
#include "iomm.h"

enum { POLL_BUDGET = 4096 };

static uint32_t queue_size(const struct iomm_queue *queue)
{
	return 1u << queue->bits;
}

static uint64_t entry_pa(const struct iomm_queue *queue, uint32_t index)
{
	return queue->base + (uint64_t)(index & (queue_size(queue) - 1)) * HW_CMD_SIZE;
}

static void write_entry(const struct iomm_queue *queue, uint32_t index, struct hw_cmd cmd)
{
	/* Read by the SMMU only once PROD has passed it, so nobody needs to hear of the store. */
	ram_store(entry_pa(queue, index), cmd.word[0]);
	ram_store(entry_pa(queue, index) + 8, cmd.word[1]);
}

int iomm_cmdq_init(struct iomm_driver *drv, uint32_t idr1)
{
	struct iomm_queue *queue = &drv->cmdq;

	queue->bits = HW_IDR1_CMDQS(idr1) < 6 ? HW_IDR1_CMDQS(idr1) : 6;
	queue->base = world_dma_alloc(drv->world, 1);
	if (!queue->base)
		return -ENOMEM;
	drv->cmdq_lock.name = "iomm cmdq";
	iomm_write64(drv, HW_CMDQ_BASE, HW_BASE_RA | queue->base | queue->bits);
	iomm_write(drv, HW_CMDQ_PROD, 0);
	iomm_write(drv, HW_CMDQ_CONS, 0);
	return 0;
}

void iomm_cmdq_free(struct iomm_driver *drv)
{
	if (drv->cmdq.base)
		world_dma_free(drv->world, drv->cmdq.base, 1);
	drv->cmdq.base = 0;
}

static void update_cons(struct iomm_driver *drv)
{
	struct iomm_queue *queue = &drv->cmdq;
	uint32_t mask = 2 * queue_size(queue) - 1;

	queue->cons += (iomm_read(drv, HW_CMDQ_CONS) - queue->cons) & mask;
	WORLD_BUG_ON(drv->world, queue->prod - queue->cons > queue_size(queue));
}

static void publish(struct iomm_driver *drv)
{
	struct iomm_queue *queue = &drv->cmdq;

	iomm_write(drv, HW_CMDQ_PROD, queue->prod & (2 * queue_size(queue) - 1));
}

/*
 * 7.1: consumption has stopped at the erroneous command. One that is illegal is replaced by a
 * CMD_SYNC, which every SMMU can do; other errors go away by trying again.
 */
static void recover(struct iomm_driver *drv)
{
	uint32_t active = iomm_read(drv, HW_GERROR) ^ drv->gerrorn;
	uint32_t cons;

	WORLD_BUG_ON(drv->world, active & ~HW_GERROR_CMDQ_ERR);
	if (!(active & HW_GERROR_CMDQ_ERR) || IOMM_FAULT(drv, cmdq_error_not_acknowledged))
		return;
	cons = iomm_read(drv, HW_CMDQ_CONS);
	if (HW_CMDQ_ERR(cons) == HW_CERROR_ILL)
		write_entry(&drv->cmdq, cons, hw_cmd_plain(HW_CMD_SYNC));
	drv->gerrorn ^= HW_GERROR_CMDQ_ERR;
	iomm_write(drv, HW_GERRORN, drv->gerrorn);
}

void iomm_gerror_irq(struct iomm_driver *drv)
{
	world_spin_lock(drv->world, &drv->cmdq_lock);
	recover(drv);
	world_spin_unlock(drv->world, &drv->cmdq_lock);
}

/* Under cmdq_lock. */
static bool has_space(void *arg)
{
	struct iomm_driver *drv = arg;

	update_cons(drv);
	if (drv->cmdq.prod - drv->cmdq.cons < queue_size(&drv->cmdq))
		return true;
	recover(drv);
	return false;
}

static void add_locked(struct iomm_driver *drv, struct hw_cmd cmd)
{
	struct iomm_queue *queue = &drv->cmdq;

	if (queue->prod - queue->cons >= queue_size(queue)) {
		publish(drv);
		if (!has_space(drv) && world_poll(drv->world, has_space, drv, POLL_BUDGET))
			world_bug(drv->world, "command queue stays full");
	}
	write_entry(queue, queue->prod++, cmd);
}

void iomm_cmdq_add(struct iomm_driver *drv, struct hw_cmd cmd)
{
	world_spin_lock(drv->world, &drv->cmdq_lock);
	add_locked(drv, cmd);
	world_spin_unlock(drv->world, &drv->cmdq_lock);
}

void iomm_cmdq_barrier(struct iomm_driver *drv)
{
	iomm_cmdq_add(drv, hw_cmd_plain(HW_CMD_SYNC));
}

struct sync_wait {
	struct iomm_driver *drv;
	uint32_t target;
};

/* 4.7.3: a CMD_SYNC that was consumed has completed all before it. */
static bool sync_done(void *arg)
{
	struct sync_wait *wait = arg;
	struct iomm_driver *drv = wait->drv;
	bool done;

	world_spin_lock(drv->world, &drv->cmdq_lock);
	update_cons(drv);
	done = (int32_t)(drv->cmdq.cons - wait->target) >= 0;
	if (!done)
		recover(drv);
	world_spin_unlock(drv->world, &drv->cmdq_lock);
	return done;
}

void iomm_cmdq_sync(struct iomm_driver *drv)
{
	struct sync_wait wait = {.drv = drv};

	world_spin_lock(drv->world, &drv->cmdq_lock);
	add_locked(drv, hw_cmd_plain(HW_CMD_SYNC));
	wait.target = drv->cmdq.prod;
	publish(drv);
	world_spin_unlock(drv->world, &drv->cmdq_lock);
	if (!sync_done(&wait) && world_poll(drv->world, sync_done, &wait, POLL_BUDGET))
		world_bug(drv->world, "CMD_SYNC does not complete");
}
