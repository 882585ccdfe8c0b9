// SPDX-License-Identifier: GPL-2.0-only
/* A kernel image behind the driver socket: bring-up, the end, and what the check asks. */
#include "linux.h"

#include <errno.h>
#include <string.h>

/* 6.3.1 IDR0, 6.3.6 IDR5: what the CPUs have in common with the SMMU. */
enum { IDR0 = 0x0, IDR0_HYP = 1 << 9, IDR0_ASID16 = 1 << 12, IDR5 = 0x14, IDR5_OAS = 7 };

static bool run_pending(void *ctx)
{
	struct linux_driver *drv = ctx;
	bool ran;

	linux_enter(drv);
	ran = drv->image->run_pending() != 0;
	linux_leave(drv);
	return ran;
}

static void irq(void *ctx, unsigned number)
{
	struct linux_driver *drv = ctx;
	unsigned smmu = number / WORLD_SMMU_IRQS;

	number %= WORLD_SMMU_IRQS;
	if (number != SMMU_IRQ_EVTQ && number != SMMU_IRQ_GERROR)
		return; /* CMD_SYNC: the kernel polls */
	linux_stores_flush(&drv->stores);
	linux_enter(drv);
	drv->image->interrupt(smmu, number == SMMU_IRQ_EVTQ ? LINUX_IRQ_EVTQ : LINUX_IRQ_GERROR);
	linux_leave(drv);
}

static unsigned pa_bits(uint64_t idr5)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[idr5 & IDR5_OAS];
}

/* SMMUs of one machine are alike here. */
static void set_machine(struct linux_driver *drv)
{
	struct smmu_socket *smmu = drv->smmu[0];
	uint64_t idr0 = smmu->ops->read(smmu, IDR0, 4);
	const struct linux_machine machine = {
		.pa_bits = pa_bits(smmu->ops->read(smmu, IDR5, 4)),
		.asid_bits = idr0 & IDR0_ASID16 ? 16 : 8,
		.vhe = (idr0 & IDR0_HYP) != 0,
		.default_dma = drv->world->default_dma,
	};

	drv->image->set_machine(&machine);
}

static unsigned group_size(const struct world *world, unsigned group)
{
	unsigned size = 0;

	for (unsigned i = 0; i < world->num_endpoints; i++)
		size += world->endpoint[i].group == group;
	return size;
}

/* What stalls is a platform device. In a group with others it is a PCI function of the kind that
 * quirk_huawei_pcie_sva() is for: generic_device_group() gives every platform device its own. */
static struct linux_device_desc describe(const struct world *world, unsigned device)
{
	const struct world_endpoint *endpoint = &world->endpoint[device];
	bool shared = group_size(world, endpoint->group) > 1;
	struct linux_device_desc desc = {
		.smmu = endpoint->smmu,
		.num_streams = endpoint->num_streams,
		.pasid_bits = endpoint->pasid_bits,
		.pci = !endpoint->can_stall || shared,
		.ats = endpoint->ats_cap,
		.can_stall = endpoint->can_stall,
	};

	for (unsigned i = 0; i < endpoint->num_streams; i++)
		desc.stream[i] = endpoint->stream[i];
	/* pci_device_group(): aliases share a group. */
	if (shared)
		desc.alias_group = endpoint->group + 1u;
	return desc;
}

/* A StreamID that no endpoint has. */
static unsigned free_stream(const struct world *world)
{
	unsigned stream = 0;

	for (unsigned i = 0; i < world_num_streams(world); i++)
		if (world_stream_id(world, i) == stream) {
			stream++;
			i = UINT32_MAX; /* from the start */
		}
	return stream;
}

/* Domains are allocated for a device. Where no device is behind the SMMU, one that does nothing is
 * there for them. */
static int add_stand_in(struct linux_driver *drv)
{
	const struct linux_device_desc desc = {
		.num_streams = 1, .stream = {free_stream(drv->world)}, .pci = 1};

	drv->stand_in = true;
	return drv->image->device_add(0, &desc);
}

static int add_smmus(struct linux_driver *drv)
{
	int error = 0;

	for (unsigned i = 0; i < LINUX_MAX_SMMUS && !error; i++)
		if (drv->smmu[i])
			error = drv->image->smmu_add(i);
	return error;
}

static int add_devices(struct linux_driver *drv)
{
	const struct world *world = drv->world;

	for (unsigned i = 0; i < world->num_endpoints; i++) {
		const struct linux_device_desc desc = describe(world, i);
		int error;

		drv->group[i] = world->endpoint[i].group;
		if (drv->group[i] == WORLD_NONE || !world->endpoint[i].present)
			continue;
		error = drv->image->device_add(i, &desc);
		if (error)
			return error;
		drv->present |= (uint8_t)(1u << i);
	}
	return drv->present ? 0 : add_stand_in(drv);
}

/* Hot-add. The group is the one that firmware and aliases say, as at the start; nothing is enabled. */
int linux_plug(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);
	struct linux_device_desc desc;
	int error;

	if (drv->group[device] == WORLD_NONE) /* not behind the SMMU */
		return 0;
	if (linux_present(drv, device))
		return -EEXIST;
	desc = describe(drv->world, device);
	linux_enter(drv);
	error = drv->image->device_add(device, &desc);
	linux_leave(drv);
	if (!error)
		drv->present |= (uint8_t)(1u << device);
	return error;
}

int linux_probe(struct driver *driver, struct world *world, struct smmu_socket *const *smmus)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	memcpy(drv->smmu, smmus, sizeof(drv->smmu));
	error = linux_boot(drv, world);
	if (error)
		return error;
	linux_rewind(drv, world);
	world->irq_handler = irq;
	world->irq_ctx = drv;
	world->run_pending = run_pending;
	world->pending_ctx = drv;
	linux_enter(drv);
	set_machine(drv);
	error = add_smmus(drv);
	if (!error)
		error = add_devices(drv);
	linux_leave(drv);
	world_settle(world);
	return error;
}

/* What is left when everything was given back would be left in a kernel that runs for years. */
static void check_leaks(struct linux_driver *drv)
{
	struct linux_usage usage = drv->image->usage();

	drv->world->objects += usage.bonds + usage.mms + usage.asids;
}

void linux_remove(struct driver *driver)
{
	struct linux_driver *drv = linux_of(driver);

	linux_space_release_all(drv);
	for (unsigned i = LINUX_MAX_DEVICES; i-- > 0;) {
		if (!linux_present(drv, i) && !(i == 0 && drv->stand_in))
			continue;
		linux_enter(drv);
		drv->image->device_remove(i);
		linux_leave(drv);
	}
	world_settle(drv->world);
	for (unsigned i = LINUX_MAX_SMMUS; i-- > 0;) {
		if (!drv->smmu[i])
			continue;
		linux_enter(drv);
		drv->image->smmu_remove(i);
		linux_leave(drv);
	}
	world_settle(drv->world);
	drv->present = 0;
	drv->world->irq_handler = NULL;
	drv->world->run_pending = NULL;
	check_leaks(drv);
}

/* Groups that have a default domain with an ASID: 6.12 makes it with the group, 6.1 when the group's
 * first device comes. */
static unsigned default_asids(const struct linux_driver *drv)
{
	unsigned groups = 0; /* set */

	if (!drv->world->default_dma)
		return 0;
	for (unsigned i = 0; i < LINUX_MAX_DEVICES; i++)
		if (linux_present(drv, i))
			groups |= 1u << drv->group[i];
	return (unsigned)__builtin_popcount(groups) + drv->stand_in;
}

struct driver_usage linux_usage(const struct driver *driver)
{
	const struct linux_driver *drv = (const struct linux_driver *)driver;
	struct linux_usage usage = drv->image->usage();
	unsigned domains = default_asids(drv);

	for (unsigned i = 0; i < LINUX_MAX_DEVICES; i++)
		domains += drv->caller.claim_asids[i];
	/* A domain with tables has an ASID. */
	for (unsigned i = 0; i < LINUX_MAX_DOMAINS; i++)
		domains += drv->domain[i].live && drv->domain[i].root;
	return (struct driver_usage){
		.bonds = usage.bonds,
		.io_mms = usage.mms,
		.pasids = usage.pasids,
		.asids = usage.asids - domains,
		.attachments = usage.attachments,
	};
}

const char *linux_version(const struct driver *driver)
{
	return ((const struct linux_driver *)driver)->image->version;
}

bool linux_set_fault(struct driver *driver, const char *fault)
{
	(void)driver; /* scripts/kernel-mutants plants them in the source */
	return !*fault;
}

#ifdef SVAFUZZ_HAVE_LINUX_6_12
const struct driver_ops linux_6_12_driver_ops = LINUX_DRIVER_OPS(
	"linux-6.12", "the kernel's own code, 6.12.y: PASIDs attach to groups, tables per device");

struct driver *linux_6_12_driver_get(void)
{
	static struct linux_driver instance = {.base.ops = &linux_6_12_driver_ops,
					       .image = &linux_image_6_12};

	return &instance.base;
}
#endif

#ifdef SVAFUZZ_HAVE_LINUX_6_1
const struct driver_ops linux_6_1_driver_ops = LINUX_DRIVER_OPS(
	"linux-6.1", "the kernel's own code, 6.1.y: bonds in the driver, tables per domain");

struct driver *linux_6_1_driver_get(void)
{
	static struct linux_driver instance = {.base.ops = &linux_6_1_driver_ops,
					       .image = &linux_image_6_1};

	return &instance.base;
}
#endif
