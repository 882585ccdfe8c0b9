/* SPDX-License-Identifier: MIT */
/*
 * The event queue (7.2) and its interrupt: every record is handed on, to the guest whose stage 1 it is
 * about or to the host; an overflow is acknowledged.
 */
#include "iomm.h"

int iomm_evtq_init(struct iomm_driver *drv, uint32_t idr1)
{
	struct iomm_queue *queue = &drv->evtq;

	queue->bits = HW_IDR1_EVENTQS(idr1) < 7 ? HW_IDR1_EVENTQS(idr1) : 7;
	queue->base = world_dma_alloc(drv->world, 1);
	if (!queue->base)
		return -ENOMEM;
	iomm_write64(drv, HW_EVENTQ_BASE, HW_BASE_RA | queue->base | queue->bits);
	iomm_write(drv, HW_EVENTQ_PROD, 0);
	iomm_write(drv, HW_EVENTQ_CONS, 0);
	return 0;
}

void iomm_evtq_free(struct iomm_driver *drv)
{
	if (drv->evtq.base)
		world_dma_free(drv->world, drv->evtq.base, 1);
	drv->evtq.base = 0;
}

static bool is_config_fault(const uint64_t record[4])
{
	unsigned type = HW_EVENT_TYPE(record[0]);

	return type >= HW_EVENT_C_BAD_STREAMID && type <= HW_EVENT_C_BAD_CD;
}

/* 7.3: what the guest's PASID table or page tables have caused; S2 says that its host's have. */
static bool is_of_stage1(const struct iomm_driver *drv, const uint64_t record[4])
{
	switch (HW_EVENT_TYPE(record[0])) {
	case HW_EVENT_C_BAD_SUBSTREAMID:
	case HW_EVENT_F_CD_FETCH:
	case HW_EVENT_C_BAD_CD:
		return true;
	case HW_EVENT_F_WALK_EABT:
	case HW_EVENT_F_TRANSLATION:
	case HW_EVENT_F_ADDR_SIZE:
	case HW_EVENT_F_ACCESS:
	case HW_EVENT_F_PERMISSION:
		return !(record[1] & HW_EVENT1_S2) || IOMM_FAULT(drv, stage2_faults_to_guest);
	default:
		return false;
	}
}

/* The VM whose guest hears of the record, WORLD_NONE: the host does. */
static unsigned guest_of(const struct iomm_driver *drv, const uint64_t record[4])
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		const struct iomm_device *dev = &drv->device[i];

		if (!dev->present || dev->vm == WORLD_NONE || dev->sid != HW_EVENT_SID(record[0]))
			continue;
		if (is_of_stage1(drv, record) && !IOMM_FAULT(drv, guest_faults_to_host))
			return dev->vm;
	}
	return WORLD_NONE;
}

static void report(struct iomm_driver *drv, uint32_t index)
{
	const struct iomm_queue *queue = &drv->evtq;
	uint64_t pa = queue->base + (uint64_t)(index & ((1u << queue->bits) - 1)) * HW_EVENT_SIZE;
	uint64_t record[4];
	unsigned vm;

	for (unsigned i = 0; i < ARRAY_SIZE(record); i++)
		record[i] = ram_load(pa + 8ull * i);
	if (IOMM_FAULT(drv, config_faults_dropped) && is_config_fault(record))
		return;
	vm = guest_of(drv, record);
	if (vm != WORLD_NONE)
		world_report_guest_event(drv->world, vm, record);
	else
		world_report_event(drv->world, record);
}

void iomm_evtq_irq(struct iomm_driver *drv)
{
	struct iomm_queue *queue = &drv->evtq;
	uint32_t mask = (2u << queue->bits) - 1;

	for (;;) {
		uint32_t prod = iomm_read(drv, HW_EVENTQ_PROD);
		uint32_t count = (prod - queue->cons) & mask;

		WORLD_BUG_ON(drv->world, count > 1u << queue->bits);
		for (uint32_t i = 0; i < count; i++)
			report(drv, queue->cons++);
		/* 7.4: writing OVFLG back tells that the lost events are known of. */
		if (!count && (prod & HW_EVENTQ_OVFLG) == (queue->prod & HW_EVENTQ_OVFLG))
			return;
		queue->prod = prod;
		iomm_write(drv, HW_EVENTQ_CONS, (queue->cons & mask) | (prod & HW_EVENTQ_OVFLG));
	}
}
