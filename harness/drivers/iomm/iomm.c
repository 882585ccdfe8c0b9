/* SPDX-License-Identifier: MIT */
/* The io_mm driver behind the driver socket: bring-up (6.3.9, 3.11), shutdown, odds and ends. */
#include "iomm.h"

#include <string.h>

enum { POLL_BUDGET = 100 };

struct ack {
	struct iomm_driver *drv;
	uint32_t offset, value;
};

static bool is_acknowledged(void *arg)
{
	const struct ack *ack = arg;

	return iomm_read(ack->drv, ack->offset) == ack->value;
}

/* 6.3.10, 6.3.17: a change of CR0 or IRQ_CTRL is complete once it shows in the ACK register. */
static int write_ack(struct iomm_driver *drv, uint32_t offset, uint32_t ack_offset, uint32_t value)
{
	struct ack ack = {drv, ack_offset, value};

	iomm_write(drv, offset, value);
	return world_poll(drv->world, is_acknowledged, &ack, POLL_BUDGET);
}

static int write_cr0(struct iomm_driver *drv, uint32_t value)
{
	return write_ack(drv, HW_CR0, HW_CR0ACK, value);
}

/* A mistake: power is saved, and what is not translated is not stopped either (6.3.14 GBPA). */
void iomm_turn_off_when_idle(struct iomm_driver *drv)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (drv->device[i].domain != WORLD_NONE || drv->device[i].vm != WORLD_NONE)
			return;
	write_cr0(drv, HW_CR0_CMDQEN | HW_CR0_EVENTQEN);
}

static int write_irq_ctrl(struct iomm_driver *drv, uint32_t value)
{
	return write_ack(drv, HW_IRQ_CTRL, HW_IRQ_CTRLACK, value);
}

static void irq(void *ctx, unsigned number)
{
	struct iomm_driver *drv = ctx;

	if (number == SMMU_IRQ_EVTQ)
		iomm_evtq_irq(drv);
	else if (number == SMMU_IRQ_GERROR)
		iomm_gerror_irq(drv);
}

/* 6.3.1 .. 6.3.6: what the SMMU has; -ENODEV when it lacks what we need. */
static int read_features(struct iomm_driver *drv, uint32_t idr1)
{
	uint32_t idr5 = iomm_read(drv, HW_IDR5);

	drv->idr0 = iomm_read(drv, HW_IDR0);
	if (!(drv->idr0 & HW_IDR0_S1P) || !(drv->idr0 & HW_IDR0_TTF_AA64) ||
	    !(idr5 & HW_IDR5_GRAN4K))
		return -ENODEV;
	drv->sid_bits = (uint8_t)HW_IDR1_SIDSIZE(idr1);
	drv->ssid_bits = (uint8_t)HW_IDR1_SSIDSIZE(idr1);
	if (drv->ssid_bits > IOMM_SSID_BITS)
		drv->ssid_bits = IOMM_SSID_BITS;
	drv->oas = (uint8_t)HW_IDR5_OAS(idr5);
	if (drv->oas > HW_OAS_48)
		drv->oas = HW_OAS_48;
	drv->max_asid = drv->idr0 & HW_IDR0_ASID16 ? UINT16_MAX : UINT8_MAX;
	return 0;
}

static void add_devices(struct iomm_driver *drv)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		struct iomm_device *dev = &drv->device[i];
		const struct world_endpoint *endpoint = &drv->world->endpoint[i];

		*dev = (struct iomm_device){
			.group = WORLD_NONE, .domain = WORLD_NONE, .vm = WORLD_NONE};
		if (i >= drv->world->num_endpoints || !endpoint->present)
			continue;
		dev->present = true;
		dev->group = endpoint->group;
		dev->sid = endpoint->rid;
		dev->pasid_bits = endpoint->pasid_bits;
		dev->ats_cap = endpoint->ats_cap;
		/* PCIe: the PASID enable may not change while ATS is on, so it stays on. */
		if (dev->pasid_bits)
			world_pci_enable_pasid(drv->world, i);
	}
}

/* 3.11, 6.3.9: queue, caches emptied, events, interrupts, translation; each step acknowledged. */
static int enable(struct iomm_driver *drv)
{
	uint32_t cr0 = HW_CR0_CMDQEN;

	if (write_cr0(drv, cr0))
		return -ETIMEDOUT;
	iomm_cmdq_add(drv, hw_cmd_cfgi_all());
	iomm_cmdq_sync(drv);
	if (drv->idr0 & HW_IDR0_HYP)
		iomm_cmdq_add(drv, hw_cmd_plain(HW_CMD_TLBI_EL2_ALL));
	iomm_cmdq_add(drv, hw_cmd_plain(HW_CMD_TLBI_NSNH_ALL));
	iomm_cmdq_sync(drv);
	cr0 |= HW_CR0_EVENTQEN;
	if (write_cr0(drv, cr0) || write_irq_ctrl(drv, HW_IRQ_GERROR | HW_IRQ_EVENTQ))
		return -ETIMEDOUT;
	/* 3.9.1.2: translated traffic is only believed from streams that may use ATS. */
	if (drv->idr0 & HW_IDR0_ATS)
		cr0 |= HW_CR0_ATSCHK;
	return write_cr0(drv, cr0 | HW_CR0_SMMUEN);
}

static int set_up(struct iomm_driver *drv)
{
	uint32_t idr1 = iomm_read(drv, HW_IDR1);
	int error = read_features(drv, idr1);

	if (error || write_cr0(drv, 0) || write_irq_ctrl(drv, 0))
		return error ? error : -ETIMEDOUT;
	add_devices(drv);
	drv->gerrorn = iomm_read(drv, HW_GERROR);
	iomm_write(drv, HW_GERRORN, drv->gerrorn);
	/* Wired interrupts: an MSI address of 0 is no MSI (3.18.2). */
	if (drv->idr0 & HW_IDR0_MSI) {
		iomm_write64(drv, HW_GERROR_IRQ_CFG0, 0);
		iomm_write64(drv, HW_EVENTQ_IRQ_CFG0, 0);
	}
	iomm_write(drv, HW_CR1, HW_CR1_CACHEABLE);
	iomm_write(drv, HW_CR2, HW_CR2_PTM | HW_CR2_RECINVSID);
	error = iomm_strtab_init(drv);
	if (!error)
		error = iomm_cmdq_init(drv, idr1);
	if (!error)
		error = iomm_evtq_init(drv, idr1);
	return error ? error : enable(drv);
}

static void shut_down(struct iomm_driver *drv)
{
	write_cr0(drv, 0);
	write_irq_ctrl(drv, 0);
	drv->world->irq_handler = NULL;
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		iomm_sva_free(drv, i);
		if (drv->device[i].present && drv->device[i].pasid_bits)
			world_pci_disable_pasid(drv->world, i);
	}
	iomm_evtq_free(drv);
	iomm_cmdq_free(drv);
	iomm_strtab_free(drv);
}

static int iomm_probe(struct driver *driver, struct world *world, struct smmu_socket *const *smmus)
{
	struct iomm_driver *drv = iomm_of(driver);
	int error;

	*drv = (struct iomm_driver){
		.base = drv->base,
		.fault = drv->fault,
		.world = world,
		.smmu = smmus[0],
		.sva_lock.name = "iomm sva",
		.mm_lock.name = "iomm mm",
	};
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		drv->group_lock[i].name = "iomm group";
	world->irq_handler = irq;
	world->irq_ctx = drv;
	error = set_up(drv);
	if (error)
		shut_down(drv);
	return error;
}

static void iomm_remove(struct driver *driver)
{
	shut_down(iomm_of(driver));
}

static const char *iomm_version(const struct driver *driver)
{
	(void)driver;
	return "";
}

static bool iomm_hint(struct driver *driver, enum driver_hint hint, unsigned device, bool has_pasid,
		      unsigned pasid, uint64_t va, uint64_t size)
{
	struct iomm_driver *drv = iomm_of(driver);
	const struct iomm_device *dev = &drv->device[device];

	/* 4.1.7: a SubstreamID that the SMMU does not have may mean another one. */
	if (has_pasid && pasid >> drv->ssid_bits)
		return false;
	switch (hint) {
	case DRIVER_HINT_TLBI:
		iomm_cmdq_add(drv, hw_cmd_plain(HW_CMD_TLBI_NSNH_ALL));
		break;
	case DRIVER_HINT_CFGI:
		iomm_cmdq_add(drv, hw_cmd_cfgi_ste(dev->sid));
		break;
	case DRIVER_HINT_ATC_INV:
		if (dev->ats_on)
			iomm_atc_range(drv, dev, has_pasid, pasid, va, va + size);
		break;
	case DRIVER_HINT_PREFETCH:
		iomm_cmdq_add(drv, hw_cmd_prefetch_addr(dev->sid, has_pasid, pasid, va));
		break;
	}
	iomm_cmdq_sync(drv);
	return true;
}

static void iomm_bad_command(struct driver *driver, unsigned opcode)
{
	struct iomm_driver *drv = iomm_of(driver);

	iomm_cmdq_add(drv, hw_cmd_plain(opcode & 0xff));
	iomm_cmdq_sync(drv);
}

static struct driver_usage iomm_usage(const struct driver *driver)
{
	const struct iomm_driver *drv = (const struct iomm_driver *)driver;
	struct driver_usage usage = {
		.pasids = iomm_id_count(&drv->pasids),
		.asids = iomm_id_count(&drv->asids),
		.vmids = iomm_id_count(&drv->vmids),
	};

	for (const struct iomm_mm *io_mm = drv->io_mms; io_mm; io_mm = io_mm->next) {
		usage.io_mms++;
		for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
			usage.bonds += io_mm->bond[i] != NULL;
	}
	return usage;
}

static const char *const fault_name[IOMM_NUM_FAULTS] = {
	"",
#define FAULT(id, name, rule, kind, text) name,
#include "faults.def"
#undef FAULT
};

static bool iomm_set_fault(struct driver *driver, const char *fault)
{
	for (unsigned i = 0; i < IOMM_NUM_FAULTS; i++) {
		if (strcmp(fault, fault_name[i]) != 0)
			continue;
		iomm_of(driver)->fault = i;
		return true;
	}
	return false;
}

const struct driver_ops iomm_driver_ops = {
	.name = "iomm",
	.policy = "io_mm",
	.doc = "the 2018 io_mm design: global PASIDs, one PASID table per domain",
	.answers_stalls = false,
	.version = iomm_version,
	.probe = iomm_probe,
	.remove = iomm_remove,
	.domain_alloc = iomm_domain_alloc,
	.domain_free = iomm_domain_free,
	.attach = iomm_attach,
	.detach = iomm_detach,
	.unplug = iomm_unplug,
	.plug = iomm_plug,
	.vm_create = iomm_vm_create,
	.vm_destroy = iomm_vm_destroy,
	.vm_attach = iomm_vm_attach,
	.vm_detach = iomm_vm_detach,
	.vm_set_table = iomm_vm_set_table,
	.vm_invalidate = iomm_vm_invalidate,
	.map = iomm_map,
	.unmap = iomm_unmap,
	.sva_init = iomm_sva_init,
	.sva_shutdown = iomm_sva_shutdown,
	.bind = iomm_bind,
	.unbind = iomm_unbind,
	.unbind_all = iomm_unbind_all,
	.hint = iomm_hint,
	.bad_command = iomm_bad_command,
	.usage = iomm_usage,
	.domain_root = iomm_domain_root,
	.set_fault = iomm_set_fault,
};

struct driver *iomm_driver_get(void)
{
	static struct iomm_driver instance = {.base.ops = &iomm_driver_ops};

	return &instance.base;
}
