// SPDX-License-Identifier: GPL-2.0-only
/* An image for tests: see fake_image.h. */
#include "fake_image.h"

#include <errno.h>

struct fake_state fake_state;
struct fake fake;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(fake.text + fake.used, sizeof(fake.text) - fake.used, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(fake.text) - fake.used);
	fake.used += (size_t)n;
}

static unsigned long page_size(void)
{
	return 64;
}

static int boot(const struct linux_host *host, void *pages)
{
	assert_non_null(pages);
	fake.host = host;
	fake_state.boot_object = host->alloc(host->ctx, 40);
	return fake_state.boot_object ? 0 : -ENOMEM;
}

static int run_pending(void)
{
	unsigned mm;

	if (!fake_state.dropping)
		return 0;
	mm = (unsigned)__builtin_ctz(fake_state.dropping);
	fake_state.dropping &= fake_state.dropping - 1;
	fake_state.mm[mm] = false;
	note("dropped %u; ", mm);
	fake.host->mm_dropped(fake.host->ctx, mm);
	return 1;
}

static void interrupt(unsigned smmu, enum linux_irq irq)
{
	note("irq %u/%d; ", smmu, irq);
}

static void set_machine(const struct linux_machine *machine)
{
	note("cpu %u %u %d%s; ", machine->pa_bits, machine->asid_bits, machine->vhe,
	     machine->default_dma ? " dma" : "");
}

static int smmu_add(unsigned smmu)
{
	note("smmu %u; ", smmu);
	fake_state.counter++;
	return 0;
}

static void smmu_gone(unsigned smmu)
{
	note("no smmu %u; ", smmu);
}

static int device_add(unsigned device, const struct linux_device_desc *desc)
{
	note("device %u %s sid %x pasid %u%s%s alias %u; ", device, desc->pci ? "pci" : "platform",
	     desc->stream[0], desc->pasid_bits, desc->ats ? " ats" : "",
	     desc->can_stall ? " stall" : "", desc->alias_group);
	return 0;
}

static void device_remove(unsigned device)
{
	note("no device %u; ", device);
}

static int domain_alloc(unsigned domain, unsigned device)
{
	note("domain %u for %u; ", domain, device);
	return 0;
}

static void domain_free(unsigned domain)
{
	note("no domain %u; ", domain);
}

static int attach(unsigned device, unsigned domain)
{
	note("attach %u %u; ", device, domain);
	return fake.attach_error;
}

static void detach(unsigned device)
{
	note("detach %u; ", device);
}

static int map(unsigned domain, unsigned long iova, unsigned long pa, unsigned long size,
	       unsigned prot)
{
	note("map %u %lx %lx %lu %u; ", domain, iova, pa, size, prot);
	return pa == 0x13000 ? -EEXIST : 0;
}

static unsigned long unmap(unsigned domain, unsigned long iova, unsigned long size)
{
	note("unmap %u %lx %lu; ", domain, iova, size);
	return size;
}

/* Everything below 0x12000 is mapped. */
static unsigned long iova_to_phys(unsigned domain, unsigned long iova)
{
	(void)domain;
	return iova < 0x12000 ? iova + 0x1000000 : 0;
}

static unsigned long domain_root(unsigned domain)
{
	(void)domain;
	return 0;
}

static int claim(unsigned device)
{
	note("claim %u; ", device);
	return 0;
}

static void release(unsigned device)
{
	note("release %u; ", device);
}

static int enable(unsigned device, enum linux_feature feature)
{
	note("enable %u %d; ", device, feature);
	return fake.enable_error[feature];
}

static int disable(unsigned device, enum linux_feature feature)
{
	note("disable %u %d; ", device, feature);
	return 0;
}

static struct fake_handle **find(unsigned device, unsigned mm)
{
	struct fake_handle **empty = NULL;

	for (unsigned i = 0; i < LINUX_MAX_REFS; i++) {
		struct fake_handle *handle = fake_state.handle[i];

		if (!handle)
			empty = &fake_state.handle[i];
		else if (handle->device == device && handle->mm == mm)
			return &fake_state.handle[i];
	}
	return empty;
}

static int bind(unsigned device, unsigned mm, void **handle, unsigned *pasid)
{
	struct fake_handle **place = find(device, mm);

	note("bind %u %u; ", device, mm);
	if (!*place)
		*place = fake.host->alloc(fake.host->ctx, sizeof(**place));
	if (!*place)
		return -ENOMEM;
	(*place)->device = device;
	(*place)->mm = mm;
	(*place)->refs++;
	*handle = *place;
	*pasid = mm + 1;
	return 0;
}

static void unbind(void *object)
{
	struct fake_handle *handle = object;

	note("unbind %u %u; ", handle->device, handle->mm);
	if (--handle->refs)
		return;
	*find(handle->device, handle->mm) = NULL;
	fake.host->free(fake.host->ctx, handle);
}

static int attach_pasid(unsigned device, unsigned domain, unsigned pasid)
{
	note("attach %u %u/%u; ", device, domain, pasid);
	return 0;
}

static void detach_pasid(unsigned device, unsigned domain, unsigned pasid)
{
	note("detach %u %u/%u; ", device, domain, pasid);
}

static int mm_create(unsigned mm, unsigned long root)
{
	assert_false(fake_state.mm[mm]);
	assert_int_not_equal(root, 0);
	note("mm %u; ", mm);
	fake_state.mm[mm] = true;
	return 0;
}

static void mm_invalidate(unsigned mm, unsigned long start, unsigned long end)
{
	note("inval %u %lx-%lx; ", mm, start, end);
}

static void mm_release(unsigned mm)
{
	note("exit %u; ", mm);
	fake_state.dropping |= 1u << mm;
}

static unsigned mm_pasid(unsigned mm)
{
	return mm + 1;
}

static struct linux_usage usage(void)
{
	struct linux_usage usage = {0};

	for (unsigned i = 0; i < LINUX_MAX_REFS; i++)
		usage.bonds += fake_state.handle[i] != NULL;
	for (unsigned i = 0; i < LINUX_MAX_MMS; i++)
		usage.mms += fake_state.mm[i];
	return usage;
}

const struct linux_image fake_image = {
	.name = "fake",
	.policy = "fake",
	.version = "0",
	.data = {&fake_state, NULL},
	.data_size = {sizeof(fake_state), 0},
	.page_size = page_size,
	.boot = boot,
	.run_pending = run_pending,
	.interrupt = interrupt,
	.set_machine = set_machine,
	.smmu_add = smmu_add,
	.smmu_remove = smmu_gone,
	.device_add = device_add,
	.device_remove = device_remove,
	.domain_alloc = domain_alloc,
	.domain_free = domain_free,
	.attach = attach,
	.detach = detach,
	.map = map,
	.unmap = unmap,
	.iova_to_phys = iova_to_phys,
	.domain_root = domain_root,
	.claim = claim,
	.release = release,
	.enable = enable,
	.disable = disable,
	.bind = bind,
	.unbind = unbind,
	.attach_pasid = attach_pasid,
	.detach_pasid = detach_pasid,
	.mm_create = mm_create,
	.mm_invalidate = mm_invalidate,
	.mm_release = mm_release,
	.mm_pasid = mm_pasid,
	.usage = usage,
};

struct world *fresh_world(void)
{
	struct error error = {0};
	struct world *world = world_get(&error);

	if (!world)
		fail_msg("%s", error.text);
	world_reset(world);
	return world;
}

struct linux_driver *fake_probe(void)
{
	static const struct driver_ops ops = LINUX_DRIVER_OPS("fake", "");
	static struct linux_driver driver = {.base.ops = &ops, .image = &fake_image};
	const struct smmu_profile profile = {.sid_bits = 8,
					     .ssid_bits = 4,
					     .cmdq_bits = 6,
					     .evtq_bits = 6,
					     .asid_bits = 16,
					     .oas_bits = 40,
					     .hyp = true};
	struct world *world = fresh_world();
	struct smmu_socket *smmu[WORLD_MAX_SMMUS] = {smmu_socket_find("emulated")};

	world_add_endpoint(world, 8, 4, true, 0);
	world_add_endpoint(world, 16, 4, false, 1);
	world_add_endpoint(world, 24, 0, false, 1);
	world_endpoint_can_stall(world, 1);
	smmu[0]->ops->reset(smmu[0], world, &profile);
	world_begin_op(world);
	forget();
	fake.attach_error = fake.enable_error[0] = fake.enable_error[1] = 0;
	assert_int_equal(ops.probe(&driver.base, world, smmu), 0);
	for (unsigned task = 0; task < 3; task++)
		assert_int_equal(world_spawn(world, task), 0);
	return &driver;
}
